import type { Network } from '../../src/chain/networks.ts';
import { type CommitNumber, compareCommitNumbers } from '../../src/store/commit-number.ts';
import { departedKey, departureKey, stretchesSince } from '../../src/store/departures.ts';
import { eventKey } from '../../src/store/event-log.ts';
import { pendingPieceKeys } from '../../src/store/pending.ts';
import { POSITION_LENGTH } from '../../src/store/position.ts';
import { POSTING_KINDS, rangeOfKind } from '../../src/store/postings.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import type { ChainState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import { pendingPostings } from './pending-postings.ts';

export interface SweptRowsOptions {
  readonly store: ChainStore;
  readonly writer: ChainWriter;
  readonly network: Network;
}

/** Rows that are removed together. */
const AT_ONCE = 200;
/** As many as two hundred transactions have, and more. */
const POSTINGS_AT_ONCE = 2_000;

/** The rows that go once nobody can ask for them any more: readers are told first, by a commit. */
export class SweptRows {
  readonly #options: SweptRowsOptions;

  constructor(options: SweptRowsOptions) {
    this.#options = options;
  }

  /** No snapshot of before a commit can be read from now on: whole stretches of what had departed are over. */
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

  /** The log of events begins behind a commit from now on. */
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

  /** All rows of transactions that are not pending, by their arrivals. Whoever is cut off may do it again. */
  async removeTransactions(arrivals: readonly Uint8Array[]): Promise<void> {
    const { writer, store, network } = this.#options;
    const values = await store.get('pending', arrivals);
    const rows = arrivals.flatMap((key, i) => (values[i] == null ? [] : { key, value: values[i] }));
    const postings: Uint8Array[][] = [];
    for (const row of rows) postings.push((await pendingPostings(row, store, network)).map(({ key }) => key));
    await writer.remove('pendingPostings', postings.flat());
    await writer.remove('removedPostings', postings.flat());
    await writer.remove('payloads', rows.flatMap(pendingPieceKeys));
    await writer.remove('pending', arrivals);
    await writer.remove('departures', departureKeys(arrivals, writer.state));
  }
}

/** The last number that a stretch which is over may begin with; null where there has been none. */
function lastOver({ stretches, departed }: ChainState): CommitNumber | null {
  const [first] = stretches;
  return first === undefined ? departed : { ...first, counter: first.counter - 1 };
}

function departureKeys(arrivals: readonly Uint8Array[], { epoch, epochs }: ChainState): Uint8Array[] {
  const all = [...Object.keys(epochs).map(Number), epoch];
  return arrivals.flatMap((arrival) => all.map((one) => departureKey(arrival.subarray(0, POSITION_LENGTH), one)));
}
