import type { Terminal } from '../terminal.ts';
import type { Description } from './description.ts';
import { harmless } from './harmless.ts';

const COLOURS = { pending: 'cyan', good: 'green', uncertain: 'yellow', bad: 'red' } as const;
const HAPPENING_WIDTH = 'disconnected'.length;

/** An event as a line for people: when they were told, what happened, to what. */
export function eventLine({ happening, mood, subject, details }: Description, now: Date, terminal: Terminal): string {
  const time = terminal.styled('dim', now.toISOString().slice(11, 19));
  const what = terminal.styled(COLOURS[mood], happening.padEnd(HAPPENING_WIDTH));
  return `${time} ${what} ${harmless(subject)} ${harmless(details.join(', '))}`.trimEnd();
}
