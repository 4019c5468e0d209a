/**
 * What indexing spends its time on, each moment in one of them: waiting for blocks, parsing, finding spent outputs in
 * memory, waiting for look-ups of others, making rows, waiting for the store to take them.
 */
export const STAGES = ['fetch', 'parse', 'outputs', 'lookup', 'rows', 'write'] as const;
export type Stage = (typeof STAGES)[number];

/** Adds up the time spent in each stage, in milliseconds. Of stages within stages, the inner one counts. */
export class StageClock {
  readonly spent: Record<Stage, number> = { fetch: 0, parse: 0, outputs: 0, lookup: 0, rows: 0, write: 0 };

  get total(): number {
    return STAGES.reduce((total, stage) => total + this.spent[stage], 0);
  }

  run<T>(stage: Stage, work: () => T): T {
    const stop = this.#start(stage);
    try {
      return work();
    } finally {
      stop();
    }
  }

  async wait<T>(stage: Stage, promise: Promise<T>): Promise<T> {
    const stop = this.#start(stage);
    try {
      return await promise;
    } finally {
      stop();
    }
  }

  /** The same items; the time until each comes counts for the stage. */
  async *waits<T>(stage: Stage, items: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = items[Symbol.asyncIterator]();
    try {
      for (;;) {
        const stop = this.#start(stage);
        const { done, value } = await iterator.next();
        stop();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  #start(stage: Stage): () => void {
    const start = performance.now();
    const before = this.total;
    return () => {
      const inner = this.total - before;
      this.spent[stage] += performance.now() - start - inner;
    };
  }
}
