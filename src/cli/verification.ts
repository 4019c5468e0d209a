import type { Verification, VerifyProgress } from '../../indexer/verify/verify-store.ts';
import { verifyStore } from '../../indexer/verify/verify-store.ts';
import type { ValuesOf } from '../settings/option.ts';
import type { settings } from '../settings/settings.ts';
import type { HeightRange } from '../store/state.ts';
import type { LOG_SETTINGS, STORE_SETTINGS } from './command-settings.ts';
import { linesOf } from './line.ts';
import { createLog } from './log.ts';
import { openForReading } from './open-store.ts';
import { StopRequest } from './stop.ts';
import type { Terminal } from './terminal.ts';

const DAMAGED = 3;
/** At most so often the line of progress changes, in milliseconds. */
const SHOWN_EVERY_MS = 100;

type Options = ValuesOf<typeof STORE_SETTINGS & typeof LOG_SETTINGS & ReturnType<typeof settings<'cache'>>>;

/** Verifies an index and tells what was found. @returns the exit code */
export async function tellVerification(
  options: Options & { readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  using stop = new StopRequest(() => log.info('Stopping; Ctrl-C again to stop at once.'));
  const store = await openForReading(options.store, options.sqliteCache);
  try {
    const cacheBytes = options.cache * 1024 * 1024;
    const onProgress = showing(terminal);
    const verification = await verifyStore({ store, cacheBytes, signal: stop.signal, onProgress });
    terminal.status('');
    tell(verification, options.json, terminal);
    return verification.found === 0 ? 0 : DAMAGED;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    terminal.note('Stopped before the end: what was not looked at may be damaged.');
    return 1;
  } finally {
    terminal.status('');
    await store.close();
  }
}

function showing(terminal: Terminal): (progress: VerifyProgress) => void {
  let shownAt = Number.NEGATIVE_INFINITY;
  return ({ stage, done, total }) => {
    if (!terminal.isInteractive || performance.now() - shownAt < SHOWN_EVERY_MS) return;
    shownAt = performance.now();
    const count = done.toLocaleString('en-US');
    terminal.status(`Verifying ${stage}: ${count}${total === null ? '' : ` of ${total.toLocaleString('en-US')}`}`);
  };
}

function tell(verification: Verification, asJson: boolean, terminal: Terminal): void {
  const { network, heights, transactions, postings, found, findings, damaged } = verification;
  if (asJson) {
    const shown = { ...verification, heights: heights && textOf(heights), damaged: damaged.map(textOf).join(',') };
    terminal.print(...linesOf(JSON.stringify(shown, null, 2)));
    return;
  }
  for (const { height, what } of findings)
    terminal.print(`${height === null ? 'unconfirmed' : `height ${height}`}: ${what}`);
  if (found > findings.length) terminal.print(`... and ${found - findings.length} more.`);
  const blocks = heights === null ? 'no block' : `the blocks ${textOf(heights)}`;
  const size = `${network}, ${blocks}: ${transactions.toLocaleString('en-US')} transactions, ${postings.toLocaleString('en-US')} postings`;
  if (found === 0) terminal.print(`The index is whole (${size}).`);
  else if (damaged.length === 0)
    terminal.print(`Damage was found in what is unconfirmed (${size}): ${forPending(heights)}`);
  else
    terminal.print(`Damage was found (${size}). To mend it: bitql reindex --heights ${damaged.map(textOf).join(',')}`);
}

/** Mending any height removes what is damaged of what is unconfirmed; the indexer then takes it in anew. */
function forPending(heights: HeightRange | null): string {
  return heights === null ? 'index into another database.' : `bitql reindex --heights ${heights[1]} removes it.`;
}

function textOf([from, to]: HeightRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}
