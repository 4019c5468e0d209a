import { type Line, styled } from '../line.ts';
import type { Description } from './description.ts';

const COLOURS = { pending: 'cyan', good: 'green', uncertain: 'yellow', bad: 'red' } as const;
const HAPPENING_WIDTH = 'disconnected'.length;

/** An event as a line for people: when they were told, what happened, to what. */
export function eventLine({ happening, mood, subject, details }: Description, now: Date): Line {
  const time = styled('dim', now.toISOString().slice(11, 19));
  const what = styled(COLOURS[mood], happening.padEnd(HAPPENING_WIDTH));
  return [time, ' ', what, ` ${subject} ${details.join(', ')}`.trimEnd()];
}
