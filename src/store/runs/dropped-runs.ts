import type { RowStore } from '../store.ts';
import { pageKeysOf, type Run, type RunId, runName, runPageIn, runPageKey } from './run.ts';

/** How long runs are kept that merges have replaced: until most requests that may still read them have ended. Others begin again. */
const KEPT_MS = 10_000;
/** Pages that are removed together. */
const PAGES_AT_ONCE = 500;
/** A store that closes still removes so many pages; the next writer sweeps the others. */
const PAGES_AT_CLOSE = 20_000;

/** Removes the pages of runs that no state names any more. */
export class DroppedRuns {
  readonly #rows: RowStore;
  readonly #keptMs: number;
  readonly #waiting = new Map<string, { readonly run: Run; readonly timer: NodeJS.Timeout }>();
  #work: Promise<void> = Promise.resolve();

  constructor(rows: RowStore, keptMs = KEPT_MS) {
    this.#rows = rows;
    this.#keptMs = keptMs;
  }

  /** Removes runs after a while. */
  drop(runs: readonly Run[]): void {
    for (const run of runs) {
      const timer = setTimeout(() => this.#start(run), this.#keptMs).unref();
      this.#waiting.set(runName(run), { run, timer });
    }
  }

  /**
   * Removes what earlier writers left behind: runs that they never named, or no longer do.
   * @param epoch runs of this epoch and later ones may still be written
   * @param isNeeded whether a run counts for anybody
   */
  sweep(epoch: number, isNeeded: (run: RunId) => boolean): void {
    if (epoch > 0) this.#enqueue(() => this.#sweep(epoch, isNeeded));
  }

  async close(): Promise<void> {
    for (const { run, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      if (run.pages < PAGES_AT_CLOSE) this.#start(run);
    }
    await this.#work;
  }

  #start(run: Run): void {
    this.#waiting.delete(runName(run));
    this.#enqueue(() => this.#remove(run));
  }

  /** One after the other. After a failure the next writer sweeps. */
  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch(() => {});
  }

  async #remove(run: Run): Promise<void> {
    for (const keys of pageKeysOf(run, PAGES_AT_ONCE)) await this.#rows.remove('runPages', keys);
  }

  /** Steps from run to run by their first pages. */
  async #sweep(epoch: number, isNeeded: (run: RunId) => boolean): Promise<void> {
    for (let from: RunId = { epoch: 0, number: 0 }; ; ) {
      const [first] = await this.#keys(from, { epoch: epoch - 1, number: LAST_NUMBER }, 1);
      if (first === undefined) return;
      const run = runPageIn(first);
      if (isNeeded(run)) {
        from = { epoch: run.epoch, number: run.number + 1 };
        continue;
      }
      await this.#rows.remove('runPages', await this.#keys(run, run, PAGES_AT_ONCE));
      from = run;
    }
  }

  /** The first keys of pages from one run to another, also of damaged ones. */
  async #keys(from: RunId, to: RunId, limit: number): Promise<Uint8Array[]> {
    const range = { min: runPageKey(from, 0), max: runPageKey(to, LAST_PAGE) };
    const damaged: Uint8Array[] = [];
    const onDamage = (_: unknown, key: Uint8Array) => void damaged.push(key);
    const [page] = await this.#rows.scan('runPages', [range], { limit, onDamage, isPatient: true });
    return [...page!.rows.map(({ key }) => key), ...damaged];
  }
}

const LAST_NUMBER = 0xffff_ffff;
const LAST_PAGE = 0xffff_ffff;
