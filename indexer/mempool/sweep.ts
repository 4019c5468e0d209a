import { type CommitNumber, compareCommitNumbers } from '../../src/store/commit-number.ts';
import { type DepartureRow, departuresUpTo, readDeparture } from '../../src/store/departures.ts';
import { successor } from '../../src/store/scan-pages.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainState } from '../../src/store/state.ts';
import type { Row } from '../../src/store/store.ts';
import { steadyNow } from '../../src/waiting.ts';
import { CommitAges, MARK_MS } from './commit-ages.ts';
import { SweptRows, type SweptRowsOptions } from './swept-rows.ts';

/** How long what is no longer pending can still be read: as long as cursors of lists live, in milliseconds. */
const KEPT_MS = 60 * 60 * 1_000;
/** From the end of a walk through departures to the next, in milliseconds. */
const REST_MS = 5 * 60_000;
/** Departures that are looked at in one step. */
const AT_ONCE = 200;

export interface SweepOptions extends SweptRowsOptions {
  /** How long events are kept, in milliseconds. */
  readonly eventsKeptMs: number;
  readonly now?: () => number;
}

/**
 * Removes what nobody can ask for any more. It walks through the departures again and again, in the order of arrival, a page a
 * step: so nothing has to be remembered of what has gone, however much that is.
 */
export class Sweep {
  readonly #options: SweepOptions;
  readonly #rows: SweptRows;
  readonly #ages = new CommitAges();
  /** Where the walk goes on; null between two of them. */
  #place: Uint8Array | null = null;
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Whether there may be postings of stretches that are over: another writer may have been cut off. */
  #hasLeftovers = true;

  constructor(options: SweepOptions) {
    this.#options = options;
    this.#rows = new SweptRows(options);
  }

  /** Does a step of what is due. @returns whether there is more */
  async step(): Promise<boolean> {
    const now = this.#options.now?.() ?? steadyNow();
    const { epoch, commit } = this.#options.writer.state;
    if (this.#ages.mark({ epoch, counter: commit }, now)) {
      await this.#sweepEvents(now);
      this.#ages.forgetBefore(now - this.#lostKeptMs);
    }
    if (this.#place !== null || now >= this.#restsUntil) await this.#walk(now);
    if (this.#hasLeftovers) this.#hasLeftovers = await this.#rows.removeStretches();
    return this.#place !== null || this.#hasLeftovers;
  }

  async #sweepEvents(now: number): Promise<void> {
    const { writer, eventsKeptMs } = this.#options;
    const { logStart } = writer.state;
    const end = this.#ages.lastBy(now - eventsKeptMs);
    if (end === null || logStart === null || compareCommitNumbers(end, logStart) <= 0) return;
    await this.#rows.endEvents(end);
  }

  async #walk(now: number): Promise<void> {
    const { store, writer } = this.#options;
    // What has arrived since cannot have been gone for so long.
    const { min, max } = departuresUpTo(this.#ages.lastBy(now - KEPT_MS) ?? { epoch: writer.state.epoch, counter: 0 });
    const [page] = await store.scan('departures', [{ min: this.#place ?? min, max }], { limit: AT_ONCE });
    await this.#sweepDeparted(page!.rows, now);
    this.#place = page!.more ? successor(page!.rows.at(-1)!.key) : null;
    if (!page!.more) this.#restsUntil = now + REST_MS;
  }

  async #sweepDeparted(rows: readonly Row[], now: number): Promise<void> {
    const { writer } = this.#options;
    const snapshot = Snapshot.latest(writer.state);
    const all = rows.map(readDeparture);
    const departed = all.filter(({ number }) => snapshot.includes(number));
    const isOver = this.#isBy(now - KEPT_MS);
    const unreadable = departed.filter(isOver);
    const last = lastOf(unreadable, writer.state);
    if (last !== null) await this.#endSnapshots(last);
    const isUntold = this.#isBy(now - this.#lostKeptMs);
    const due = unreadable.filter((row) => row.reason === 'mined' || isUntold(row));
    if (due.length > 0) await this.#rows.removeTransactions(due.map(({ arrival }) => arrival));
  }

  async #endSnapshots(last: CommitNumber): Promise<void> {
    await this.#rows.endSnapshots(last);
    this.#hasLeftovers = true;
  }

  /** What is in a block is read there; of the rest, events tell as long as there are such. */
  get #lostKeptMs(): number {
    return Math.max(KEPT_MS, this.#options.eventsKeptMs + MARK_MS);
  }

  /**
   * Tells what went by some time. This writer knows how old its own commits are, and that those of others are older; when
   * they were made, they wrote down by a clock that may have been wrong.
   */
  #isBy(time: number): (departure: DepartureRow) => boolean {
    const { epoch } = this.#options.writer.state;
    const last = this.#ages.lastBy(time);
    return ({ number, at }) =>
      (number.epoch < epoch && at <= time) || (last !== null && compareCommitNumbers(number, last) <= 0);
  }
}

/** The last commit that took one of them away; null where that is known already. */
function lastOf(departed: readonly DepartureRow[], { swept }: ChainState): CommitNumber | null {
  const last = departed
    .map(({ number }) => number)
    .sort(compareCommitNumbers)
    .at(-1);
  return last === undefined || (swept !== null && compareCommitNumbers(last, swept) <= 0) ? null : last;
}
