import type { Network } from '../../src/chain/networks.ts';
import { steadyNow } from '../../src/steady-clock.ts';
import { type CommitNumber, compareCommitNumbers, encodeCommitNumber } from '../../src/store/commit-number.ts';
import { departedKey, stretchesSince } from '../../src/store/departed.ts';
import { eventKey } from '../../src/store/event-log.ts';
import { departureKey } from '../../src/store/pending.ts';
import { POSITION_LENGTH } from '../../src/store/position.ts';
import { POSTING_KINDS, rangeOfKind } from '../../src/store/postings.ts';
import type { RemovalReason } from '../../src/store/records/departure.ts';
import { pendingPieceKeys } from '../../src/store/records/pending.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import type { ChainState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import { pendingPostings } from './pending-postings.ts';

/** How long what is no longer pending can still be read: as long as cursors of lists live, in milliseconds. */
const KEPT_MS = 60 * 60 * 1_000;
const AT_ONCE = 200;
/** How exactly the log is cut. */
const MARK_MS = 60_000;

/** An arrival that is no longer pending. */
export interface Due {
  readonly arrival: CommitNumber;
  readonly gone: Gone | null;
}

/** How it went; null for what never counted. */
interface Gone {
  /** By the steady clock; what was written down by another process may be by a clock that was wrong. */
  readonly at: number;
  readonly number: CommitNumber;
  readonly reason: RemovalReason;
}

/** What is no longer pending, in the order of its going. */
class DueQueue {
  readonly #waiting: Due[] = [];
  #isSorted = true;

  add(due: Due): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && timeOf(due) < timeOf(last)) this.#isSorted = false;
    this.#waiting.push(due);
  }

  /** Takes out what went before some time, some at once. */
  take(before: number): Due[] {
    if (!this.#isSorted) this.#waiting.sort((a, b) => timeOf(a) - timeOf(b));
    this.#isSorted = true;
    const end = this.#waiting.findIndex((due) => timeOf(due) > before);
    return this.#waiting.splice(0, Math.min(end < 0 ? this.#waiting.length : end, AT_ONCE));
  }

  get size(): number {
    return this.#waiting.length;
  }

  arrivals(): CommitNumber[] {
    return this.#waiting.map(({ arrival }) => arrival);
  }
}

/** What is no longer pending. What is in a block is read there; of the rest, events tell as long as there are such. */
export class SweepQueue {
  readonly #mined = new DueQueue();
  readonly #lost = new DueQueue();

  add({ arrival, gone }: Due): void {
    // Nothing goes in the future: by a clock that was ahead, it would be kept until then.
    const due = { arrival, gone: gone && { ...gone, at: Math.min(gone.at, steadyNow()) } };
    if (gone === null || gone.reason === 'mined') this.#mined.add(due);
    else this.#lost.add(due);
  }

  /** Takes out what has been kept for long enough, some at once. */
  take(now: number, eventsKeptMs: number): Due[] {
    const lostKeptMs = Math.max(KEPT_MS, eventsKeptMs + MARK_MS);
    return [...this.#mined.take(now - KEPT_MS), ...this.#lost.take(now - lostKeptMs)];
  }

  get size(): number {
    return this.#mined.size + this.#lost.size;
  }

  arrivals(): CommitNumber[] {
    return [...this.#mined.arrivals(), ...this.#lost.arrivals()];
  }
}

function timeOf({ gone }: Due): number {
  return gone?.at ?? 0;
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
    const now = this.#options.now?.() ?? steadyNow();
    await this.#sweepPending(now);
    await this.#sweepEvents(now);
  }

  async #sweepPending(now: number): Promise<void> {
    const { writer, store, network, queue, eventsKeptMs } = this.#options;
    const due = queue.take(now, eventsKeptMs);
    if (due.length === 0) return;
    const swept = sweptUpTo(due, writer.state);
    if (swept !== null) await this.#tellSwept(swept);
    const arrivals = due.map(({ arrival }) => encodeCommitNumber(arrival));
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

  /** Stretches of which nobody can see anything any more go as a whole. */
  async #tellSwept(swept: CommitNumber): Promise<void> {
    const { writer, store } = this.#options;
    const { departed, stretches } = writer.state;
    const isOver = departed !== null && compareCommitNumbers(departed, swept) <= 0;
    const kept = isOver ? [] : stretchesSince(swept, writer.state);
    await writer.commit({ swept, stretches: kept });
    const last = stretches[stretches.length - kept.length - 1];
    if (last !== undefined) await removeStretches(store, writer, last);
  }

  async #sweepEvents(now: number): Promise<void> {
    const { writer, store, eventsKeptMs } = this.#options;
    const { epoch, commit, logStart } = writer.state;
    const last = this.#marks.at(-1);
    if (last !== undefined && now - last.at < MARK_MS) return;
    this.#marks.push({ number: { epoch, counter: commit }, at: now });
    const old = this.#marks.findLastIndex(({ at }) => at < now - eventsKeptMs);
    if (old < 0 || logStart === null) return;
    const [...passed] = this.#marks.splice(0, old + 1);
    const end = passed.at(-1)!.number;
    await writer.commit({ logStart: end });
    await removeEvents(store, writer, end);
  }
}

/** The last commit that took one of them away; null where that is known already. */
function sweptUpTo(due: readonly Due[], { swept }: ChainState): CommitNumber | null {
  const numbers = due.flatMap(({ gone }) => (gone === null ? [] : [gone.number]));
  const last = numbers.sort(compareCommitNumbers).at(-1);
  return last === undefined || (swept !== null && compareCommitNumbers(last, swept) <= 0) ? null : last;
}

async function removeEvents(store: ChainStore, writer: ChainWriter, end: CommitNumber): Promise<void> {
  const min = eventKey({ number: { epoch: 0, counter: 0 }, part: 0, index: 0 });
  const max = eventKey({ number: end, part: 0xffff, index: 0 });
  for await (const { rows } of scanPages(store, 'events', { min, max }, AT_ONCE)) {
    await writer.remove(
      'events',
      rows.map(({ key }) => key),
    );
  }
}

/** Up to one of them. */
async function removeStretches(store: ChainStore, writer: ChainWriter, last: CommitNumber): Promise<void> {
  for (const kind of Object.values(POSTING_KINDS)) {
    const range = rangeOfKind(kind);
    const min = departedKey({ epoch: 0, counter: 0 }, range.min);
    const max = departedKey(last, range.max);
    for await (const { rows } of scanPages(store, 'departedPostings', { min, max }, AT_ONCE)) {
      await writer.remove(
        'departedPostings',
        rows.map(({ key }) => key),
      );
    }
  }
}

function departureKeys(arrivals: readonly Uint8Array[], { epoch, epochs }: ChainState): Uint8Array[] {
  const all = [...Object.keys(epochs).map(Number), epoch];
  return arrivals.flatMap((arrival) => all.map((one) => departureKey(arrival.subarray(0, POSITION_LENGTH), one)));
}
