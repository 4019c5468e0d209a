import type { Network } from '../../src/chain/networks.ts';
import { errorCode } from '../../src/errors.ts';
import { type CommitNumber, compareCommitNumbers } from '../../src/store/commit-number.ts';
import { departedKey, departureKey, stretchesSince } from '../../src/store/departures.ts';
import { eventKey } from '../../src/store/event-log.ts';
import { RowPacker, rowsOf } from '../../src/store/packed-rows.ts';
import { pendingPieceKeys, readPending } from '../../src/store/pending.ts';
import { MAX_HEIGHT, POSITION_LENGTH } from '../../src/store/position.ts';
import { EVERY_FAMILY, POSTING_KINDS, type PostingFamily, rangeOfKind } from '../../src/store/postings.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import type { ChainState } from '../../src/store/state.ts';
import type { ChainStore, Row } from '../../src/store/store.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import { addPendingPostings } from '../rows/pending-rows.ts';

export interface SweptRowsOptions {
  readonly store: ChainStore;
  readonly writer: ChainWriter;
  readonly network: Network;
}

/** Transactions or rows that are removed together. */
const AT_ONCE = 200;
/** More than two hundred transactions have. */
const POSTINGS_AT_ONCE = 2_000;

/** Removes rows that can no longer be requested. First a commit announces it to readers. */
export class SweptRows {
  readonly #options: SweptRowsOptions;

  constructor(options: SweptRowsOptions) {
    this.#options = options;
  }

  /**
   * Ends the snapshots before a commit: they cannot be read from now on, and whole stretches of departed postings are
   * over.
   */
  async endSnapshots(swept: CommitNumber): Promise<void> {
    const { writer } = this.#options;
    const { departed } = writer.state;
    const isOver = departed !== null && compareCommitNumbers(departed, swept) <= 0;
    await writer.commit({ swept, stretches: isOver ? [] : stretchesSince(swept, writer.state) });
  }

  /** Removes some postings of stretches that are over. @returns whether there may be more */
  async removeStretches(): Promise<boolean> {
    const { store, writer } = this.#options;
    const last = lastOver(writer.state);
    if (last === null) return false;
    for (const kind of Object.values(POSTING_KINDS)) {
      const { min, max } = rangeOfKind(kind);
      const range = { min: departedKey({ epoch: 0, counter: 0 }, min), max: departedKey(last, max) };
      const [page] = await store.scan('departedPostings', [range], { limit: POSTINGS_AT_ONCE });
      const keys = page!.rows.map(({ key }) => key);
      if (keys.length === 0) continue;
      await writer.remove('departedPostings', keys);
      return true;
    }
    return false;
  }

  /** Makes the event log begin after a commit. */
  async endEvents(end: CommitNumber): Promise<void> {
    const { store, writer } = this.#options;
    await writer.commit({ logStart: end });
    const min = eventKey({ number: { epoch: 0, counter: 0 }, part: 0, index: 0 });
    const max = eventKey({ number: end, part: 0xffff, index: 0 });
    for await (const { rows } of scanPages(store, 'events', { min, max }, AT_ONCE)) {
      await writer.remove(
        'events',
        rows.map(({ key }) => key),
      );
    }
  }

  /**
   * Removes all rows of transactions that are no longer pending, by their arrivals. Can be repeated if it was cut off.
   */
  async removeTransactions(arrivals: readonly Uint8Array[]): Promise<void> {
    const { writer, store, network } = this.#options;
    // To remove what is not there is no error.
    const context = { store, network, families: EVERY_FAMILY };
    const values = await store.get('pending', arrivals);
    const rows = arrivals.flatMap((key, i) => (values[i] == null ? [] : { key, value: values[i] }));
    const postings: Uint8Array[][] = [];
    for (const row of rows) postings.push((await pendingPostings(row, context)).map(({ key }) => key));
    await writer.remove('pendingPostings', postings.flat());
    await writer.remove('removedPostings', postings.flat());
    await writer.remove('payloads', rows.flatMap(pendingPieceKeys));
    await writer.remove('pending', arrivals);
    await writer.remove('departures', departureKeys(arrivals, writer.state));
  }
}

/** The last number with which a stretch that is over may begin; null if there was none. */
function lastOver({ stretches, departed }: ChainState): CommitNumber | null {
  const [first] = stretches;
  return first === undefined ? departed : { ...first, counter: first.counter - 1 };
}

function departureKeys(arrivals: readonly Uint8Array[], { epoch, epochs }: ChainState): Uint8Array[] {
  const all = [...Object.keys(epochs).map(Number), epoch];
  return arrivals.flatMap((arrival) => all.map((one) => departureKey(arrival.subarray(0, POSITION_LENGTH), one)));
}

interface PendingPostingContext {
  readonly store: ChainStore;
  readonly network: Network;
  readonly families: ReadonlySet<PostingFamily>;
}

/**
 * All postings that an unconfirmed transaction may have, at whatever height it was expected. Empty if pieces of the
 * transaction are missing. Then it never counted, and neither did its postings; or a sweep that was cut off had removed
 * the postings before the pieces.
 */
export async function pendingPostings(row: Row, { store, network, families }: PendingPostingContext): Promise<Row[]> {
  try {
    const record = await readPending(store, row, network);
    const postings = new RowPacker();
    addPendingPostings(row.key, record, { height: MAX_HEIGHT, network, families }, postings);
    return rowsOf(postings.finish());
  } catch (error) {
    if (errorCode(error) === 'STORE_DAMAGED') return [];
    throw error;
  }
}
