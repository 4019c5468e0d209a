import type { RowStore } from '../store.ts';
import { pageKeysOf, passedPageKeys, type RunId, runPageIn, runPageKey } from './run.ts';
import type { PassedRun } from './run-list.ts';

/** How long pages are kept that merges have replaced: until most requests that may still read them have ended. Others begin again. */
const KEPT_MS = 500;
/** Pages that are removed together. */
const PAGES_AT_ONCE = 500;
/** A store that closes still removes so many pages; the next writer sweeps the others. */
const PAGES_AT_CLOSE = 20_000;

/** Removes pages of runs that no state names any more. */
export class DroppedRuns {
  readonly #rows: RowStore;
  readonly #keptMs: number;
  readonly #waiting = new Map<PassedRun, NodeJS.Timeout>();
  #work: Promise<void> = Promise.resolve();

  constructor(rows: RowStore, keptMs = KEPT_MS) {
    this.#rows = rows;
    this.#keptMs = keptMs;
  }

  /** Removes what is not named any more, after a while. */
  drop(passed: readonly PassedRun[]): void {
    for (const one of passed) this.#waiting.set(one, setTimeout(() => this.#start(one), this.#keptMs).unref());
  }

  /**
   * Removes what earlier writers left behind: runs that they never named, or no longer do.
   * @param epoch runs of this epoch and later ones may still be written
   * @param firstNeeded the first page of a run that counts for anybody; null for none
   */
  sweep(epoch: number, firstNeeded: (run: RunId) => number | null): void {
    if (epoch > 0) this.#enqueue(() => this.#sweep(epoch, firstNeeded));
  }

  async close(): Promise<void> {
    for (const [passed, timer] of this.#waiting) {
      clearTimeout(timer);
      if (pagesIn(passed) < PAGES_AT_CLOSE) this.#start(passed);
    }
    await this.#work;
  }

  #start(passed: PassedRun): void {
    this.#waiting.delete(passed);
    this.#enqueue(() => this.#remove(passed));
  }

  /** One after the other. After a failure the next writer sweeps. */
  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => {});
  }

  async #remove({ before, rest }: PassedRun): Promise<void> {
    const pages = rest === null ? pageKeysOf(before, PAGES_AT_ONCE) : passedPageKeys(before, rest, PAGES_AT_ONCE);
    for (const keys of pages) await this.#rows.remove('runPages', keys);
  }

  /** Steps from run to run by their first pages. */
  async #sweep(epoch: number, firstNeeded: (run: RunId) => number | null): Promise<void> {
    const end = runPageKey({ epoch: epoch - 1, number: LAST }, LAST);
    for (let from: RunId = { epoch: 0, number: 0 }; ; ) {
      const [first] = await this.#keys(runPageKey(from, 0), end, 1);
      if (first === undefined) return;
      const { page, ...run } = runPageIn(first);
      const needed = firstNeeded(run) ?? LAST + 1;
      from = run;
      if (page < needed) {
        await this.#rows.remove('runPages', await this.#keys(first, runPageKey(run, needed - 1), PAGES_AT_ONCE));
      } else {
        from = { epoch: run.epoch, number: run.number + 1 };
      }
    }
  }

  /** The first keys of pages within a range, also of damaged ones. */
  async #keys(min: Uint8Array, max: Uint8Array, limit: number): Promise<Uint8Array[]> {
    const range = { min, max };
    const damaged: Uint8Array[] = [];
    const onDamage = (_: unknown, key: Uint8Array) => void damaged.push(key);
    const [page] = await this.#rows.scan('runPages', [range], { limit, onDamage, isPatient: true });
    return [...page!.rows.map(({ key }) => key), ...damaged];
  }
}

/** The last number of a run, and of a page. */
const LAST = 0xffff_ffff;

function pagesIn({ before, rest }: PassedRun): number {
  return (rest?.firstPage ?? before.pages) - before.firstPage;
}
