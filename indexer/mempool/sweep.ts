import { type CommitNumber, compareCommitNumbers } from '../../src/store/commit-number.ts';
import { type DepartureRow, departuresUpTo, readDeparture } from '../../src/store/departures.ts';
import { successor } from '../../src/store/scan-pages.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainState } from '../../src/store/state.ts';
import type { Row } from '../../src/store/store.ts';
import { steadyNow } from '../../src/waiting.ts';
import { SweptRows, type SweptRowsOptions } from './swept-rows.ts';

/** How long departed transactions can still be read: as long as cursors of lists live, in milliseconds. */
const KEPT_MS = 60 * 60 * 1_000;
/** Pause between two walks through the departures, in milliseconds. */
const REST_MS = 5 * 60_000;
/** Departures in one step. */
const AT_ONCE = 200;

export interface SweepOptions extends SweptRowsOptions {
  /** How long events are kept, in milliseconds. */
  readonly eventsKeptMs: number;
  readonly now?: () => number;
}

/**
 * Removes rows that can no longer be requested. It walks through the departures again and again, in order of arrival,
 * one page in each step. So nothing has to be remembered about departed transactions, however many there are.
 */
export class Sweep {
  readonly #options: SweepOptions;
  readonly #rows: SweptRows;
  readonly #ages = new CommitAges();
  /** Where the walk continues; null between two walks. */
  #place: Uint8Array | null = null;
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Whether there may be postings of stretches that are over, because another writer may have been cut off. */
  #hasLeftovers = true;

  constructor(options: SweepOptions) {
    this.#options = options;
    this.#rows = new SweptRows(options);
  }

  /**
   * Does one step of the work that is due.
   * @returns whether there is more
   */
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
    // A transaction that arrived later cannot have departed that long ago.
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
    const isForgotten = this.#isBy(now - this.#lostKeptMs);
    const due = unreadable.filter((row) => row.reason === 'mined' || isForgotten(row));
    if (due.length > 0) await this.#rows.removeTransactions(due.map(({ arrival }) => arrival));
  }

  async #endSnapshots(last: CommitNumber): Promise<void> {
    await this.#rows.endSnapshots(last);
    this.#hasLeftovers = true;
  }

  /** A mined transaction is read in its block. The others are needed as long as events name them. */
  get #lostKeptMs(): number {
    return Math.max(KEPT_MS, this.#options.eventsKeptMs + MARK_MS);
  }

  /**
   * Tests whether a departure happened by some time. This writer knows how old its own commits are, and that other
   * writers' commits are older. Those have only a wall-clock time, which may have been wrong.
   */
  #isBy(time: number): (departure: DepartureRow) => boolean {
    const { epoch } = this.#options.writer.state;
    const last = this.#ages.lastBy(time);
    return ({ number, at }) =>
      (number.epoch < epoch && at <= time) || (last !== null && compareCommitNumbers(number, last) <= 0);
  }
}

/** The last commit that took one of them away; null if readers know of it already. */
function lastOf(departed: readonly DepartureRow[], { swept }: ChainState): CommitNumber | null {
  const last = departed
    .map(({ number }) => number)
    .sort(compareCommitNumbers)
    .at(-1);
  return last === undefined || (swept !== null && compareCommitNumbers(last, swept) <= 0) ? null : last;
}

/** Resolution of ages, in milliseconds. */
const MARK_MS = 60_000;

/** The age of this writer's commits, by a steady clock. Once a minute, the last commit is recorded. */
class CommitAges {
  readonly #marks: { readonly number: CommitNumber; readonly at: number }[] = [];

  /**
   * Records the last commit, if that is due.
   * @returns whether it was due
   */
  mark(number: CommitNumber, now: number): boolean {
    const last = this.#marks.at(-1);
    if (last !== undefined && now - last.at < MARK_MS) return false;
    this.#marks.push({ number, at: now });
    return true;
  }

  /** The last commit known to have been made by some time; null if there is none. */
  lastBy(time: number): CommitNumber | null {
    return this.#marks.findLast(({ at }) => at <= time)?.number ?? null;
  }

  /** Forgets what is only needed for earlier times. */
  forgetBefore(time: number): void {
    const kept = this.#marks.findLastIndex(({ at }) => at <= time);
    this.#marks.splice(0, Math.max(0, kept));
  }
}
