import type { Verification, VerifyProgress } from '../indexer/verify/verify-store.ts';
import { verifyIndex } from '../indexer/verify/verify-store.ts';
import { counted } from '../src/counted.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import type { settings } from '../src/settings/settings.ts';
import type { StoreLocation } from '../src/store/location.ts';
import type { HeightRange } from '../src/store/state.ts';
import { programName } from './command.ts';
import type { LOG_SETTINGS, STORE_SETTINGS } from './command-settings.ts';
import { createLog } from './log.ts';
import { describeStore, openForReading, storeFlag } from './open-store.ts';
import { StopRequest } from './stop.ts';
import { linesOf, type Terminal } from './terminal.ts';

const DAMAGED = 3;
/** The shortest time between two changes of the line of progress, in milliseconds. */
const SHOWN_EVERY_MS = 100;

type VerificationOptions = ValuesOf<typeof STORE_SETTINGS & typeof LOG_SETTINGS & ReturnType<typeof settings<'cache'>>>;

/** Verifies an index and prints the result. @returns the exit code */
export async function runVerification(
  options: VerificationOptions & { readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  using stop = new StopRequest(() => log.info('Stopping; Ctrl-C again to stop at once.'));
  const store = await openForReading(options.store, options.sqliteCache);
  try {
    const cacheBytes = options.cache * 1024 * 1024;
    const onProgress = showing(terminal);
    const verification = await verifyIndex({ store, cacheBytes, signal: stop.signal, onProgress });
    terminal.status('');
    if (options.json) terminal.printAll(linesOf(JSON.stringify(shownOf(verification), null, 2)));
    else printVerification(verification, options.store, terminal);
    return verification.found === 0 ? 0 : DAMAGED;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    terminal.note('Stopped before the end: the unchecked part may be damaged.');
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

function shownOf(verification: Verification): object {
  const { heights, damaged } = verification;
  return { ...verification, heights: heights && textOf(heights), damaged: damaged.map(textOf).join(',') };
}

function printVerification(verification: Verification, location: StoreLocation, terminal: Terminal): void {
  const { network, heights, transactions, postings, found, findings } = verification;
  for (const { height, what } of findings)
    terminal.print(`${height === null ? 'unconfirmed' : `height ${height}`}: ${what}`);
  if (found > findings.length) terminal.print(`... and ${found - findings.length} more.`);
  const blocks = heights === null ? 'no block' : `the blocks ${textOf(heights)}`;
  const size = `${network}, ${blocks}: ${grouped(transactions, 'transaction')}, ${grouped(postings, 'posting')}`;
  if (found === 0) terminal.print(`The index has no damage (${size}).`);
  else terminal.print(`Damage was found (${size}). ${adviceOn(verification, location)}`);
}

/** How to repair the damage. Reindexing any height removes damaged unconfirmed transactions; the indexer then adds them again. */
function adviceOn({ heights, damaged, isFileDamaged }: Verification, location: StoreLocation): string {
  if (isFileDamaged) {
    return `SQLite cannot read all of ${describeStore(location)}, which "bitql reindex" cannot repair: restore a backup of this file, or delete it and index again.`;
  }
  const reindex = (ranges: readonly HeightRange[]) =>
    `${programName()} reindex --heights ${ranges.map(textOf).join(',')}${storeFlag(location)}`;
  if (damaged.length > 0) return `To repair it: ${reindex(damaged)}`;
  if (heights === null) return 'The damage is in the unconfirmed transactions: index into another database.';
  return `The damage is in the unconfirmed transactions. To remove it: ${reindex([[heights[1], heights[1]]])}`;
}

function grouped(count: number, what: string): string {
  return counted(count, what, count.toLocaleString('en-US'));
}

function textOf([from, to]: HeightRange): string {
  return from === to ? String(from) : `${from}-${to}`;
}
