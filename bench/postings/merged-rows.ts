import { runName } from '../../src/store/runs/run.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter } from '../../src/store/writer.ts';

/** How often it looks, in milliseconds: more often than runs are merged. */
const INTERVAL_MS = 5;

/** Counts the rows of all runs that a store has written or merged, by looking at its runs again and again. */
export class MergedRows implements Disposable {
  readonly #store: ChainStore;
  readonly #writer: ChainWriter;
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  rows = 0;

  constructor(store: ChainStore, writer: ChainWriter) {
    this.#store = store;
    this.#writer = writer;
    this.#timer = setInterval(() => this.look(), INTERVAL_MS).unref();
  }

  look(): void {
    for (const run of this.#store.naming(this.#writer.state.runs)) {
      const name = runName(run);
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      this.rows += run.rows;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
