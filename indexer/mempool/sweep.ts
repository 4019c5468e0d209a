import type { Network } from '../../src/chain/networks.ts';
import { type CommitNumber, encodeCommitNumber } from '../../src/store/commit-number.ts';
import { eventKey } from '../../src/store/event-log.ts';
import { RowPacker, rowsOf } from '../../src/store/packed-rows.ts';
import { departureKey, pendingAt } from '../../src/store/pending.ts';
import { POSITION_LENGTH, pieceKey } from '../../src/store/position.ts';
import type { PendingRecord } from '../../src/store/records/pending.ts';
import type { ChainState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import { addPostings } from '../rows.ts';

/** How long what is no longer pending can still be read: as long as cursors live, in milliseconds. */
const KEPT_MS = 60 * 60 * 1_000;
const AT_ONCE = 200;
const MAX_PIECES = 256;

interface Due {
  readonly arrival: CommitNumber;
  /** When it went; 0 for what never counted. */
  readonly at: number;
}

/** What is no longer pending, in the order of its going. */
export class SweepQueue {
  #waiting: Due[] = [];

  add(arrival: CommitNumber, at: number): void {
    this.#waiting.push({ arrival, at });
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** The lowest epoch that a waiting row names; null for none. */
  get lowestEpoch(): number | null {
    return this.#waiting.reduce<number | null>(
      (lowest, { arrival }) => (lowest === null ? arrival.epoch : Math.min(lowest, arrival.epoch)),
      null,
    );
  }

  /** Takes out what has been kept for long enough, some at a time. */
  take(now: number): Due[] {
    this.#waiting.sort((a, b) => a.at - b.at);
    const end = this.#waiting.findIndex(({ at }) => at > now - KEPT_MS);
    return this.#waiting.splice(0, Math.min(end < 0 ? this.#waiting.length : end, AT_ONCE));
  }
}

export interface SweepOptions {
  readonly store: ChainStore;
  readonly writer: ChainWriter;
  readonly network: Network;
  readonly queue: SweepQueue;
  /** How long events are kept, in milliseconds. */
  readonly eventsKeptMs: number;
  readonly now?: () => number;
}

/** Removes what nobody can ask for any more: readers are told first, by one commit. */
export class Sweep {
  readonly #options: SweepOptions;
  /** Commits and when they were made, so that the log can be cut at a time. */
  readonly #marks: { number: CommitNumber; at: number }[] = [];

  constructor(options: SweepOptions) {
    this.#options = options;
  }

  /** Does a step of what is due. */
  async step(): Promise<void> {
    const now = this.#options.now?.() ?? Date.now();
    await this.#sweepPending(now);
    await this.#sweepEvents(now);
  }

  async #sweepPending(now: number): Promise<void> {
    const { writer, store, network, queue } = this.#options;
    const due = queue.take(now);
    if (due.length === 0) return;
    await writer.commit({ swept: await this.#sweptUpTo(due) });
    const arrivals = due.map(({ arrival }) => encodeCommitNumber(arrival));
    const records = await pendingAt(store, arrivals, network);
    const postings = records.flatMap((record, i) =>
      record === null ? [] : postingKeys(record, arrivals[i]!, network),
    );
    const pieces = records.flatMap((record, i) => (record === null ? [] : pieceKeys(record, arrivals[i]!)));
    await writer.remove('pendingPostings', postings);
    await writer.remove('payloads', pieces);
    await writer.remove('pending', arrivals);
    await writer.remove('departures', departureKeys(arrivals, writer.state));
  }

  /** The last commit that took one of them away: now is not before it. */
  async #sweptUpTo(due: readonly Due[]): Promise<CommitNumber> {
    const { writer } = this.#options;
    const gone = due.some(({ at }) => at > 0);
    const last = { epoch: writer.state.epoch, counter: writer.state.commit };
    if (!gone) return writer.state.swept ?? { epoch: 0, counter: 0 };
    const mark = this.#marks.find(({ at }) => at >= due.at(-1)!.at);
    return mark?.number ?? last;
  }

  async #sweepEvents(now: number): Promise<void> {
    const { writer, store, eventsKeptMs } = this.#options;
    const { epoch, commit, logStart } = writer.state;
    this.#marks.push({ number: { epoch, counter: commit }, at: now });
    const old = this.#marks.findLastIndex(({ at }) => at < now - eventsKeptMs);
    if (old < 0 || logStart === null) return;
    const [...passed] = this.#marks.splice(0, old + 1);
    const end = passed.at(-1)!.number;
    await writer.commit({ logStart: end });
    await removeEvents(store, writer, end);
  }
}

async function removeEvents(store: ChainStore, writer: ChainWriter, end: CommitNumber): Promise<void> {
  const min = eventKey({ number: { epoch: 0, counter: 0 }, part: 0, index: 0 });
  const max = eventKey({ number: end, part: 0xffff, index: 0 });
  for (;;) {
    const [page] = await store.scan('events', [{ min, max }], { limit: AT_ONCE });
    await writer.remove(
      'events',
      page!.rows.map(({ key }) => key),
    );
    if (!page!.more) return;
  }
}

function postingKeys({ transaction, spent }: PendingRecord, position: Uint8Array, network: Network): Uint8Array[] {
  const postings = new RowPacker();
  addPostings({ transaction, spent, position, height: 0, network, hasCoins: true, firstSeen: null }, { postings });
  return rowsOf(postings.finish()).map(({ key }) => key);
}

/** Of a record in pieces; more than it can have, where it is large. */
function pieceKeys({ transaction }: PendingRecord, arrival: Uint8Array): Uint8Array[] {
  if (transaction.size < 128 * 1024) return [];
  return Array.from({ length: MAX_PIECES }, (_, piece) => pieceKey(arrival, piece));
}

function departureKeys(arrivals: readonly Uint8Array[], { epoch, epochs }: ChainState): Uint8Array[] {
  const all = [...Object.keys(epochs).map(Number), epoch];
  return arrivals.flatMap((arrival) => all.map((one) => departureKey(arrival.subarray(0, POSITION_LENGTH), one)));
}
