/** How far indexing is, for people and for metrics. */
export interface Progress {
  readonly height: number;
  /** The node's tip. */
  readonly target: number;
  readonly transactions: number;
  /** Over the last half minute or so. */
  readonly transactionsPerSecond: number;
  /** Null while nothing can be said. */
  readonly secondsLeft: number | null;
}

interface Sample {
  readonly at: number;
  readonly height: number;
  readonly transactions: number;
}

const WINDOW_MS = 30_000;

/** Works out rates from what was committed when. */
export class ProgressMeter {
  readonly #samples: Sample[];

  /** @param now in milliseconds of any steady clock */
  constructor(height: number, now: number) {
    this.#samples = [{ at: now, height, transactions: 0 }];
  }

  commit(height: number, transactions: number, target: number, now: number): Progress {
    const total = this.#samples.at(-1)!.transactions + transactions;
    this.#samples.push({ at: now, height, transactions: total });
    while (this.#samples.length > 2 && this.#samples[1]!.at < now - WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0]!;
    const seconds = Math.max(now - first.at, 1) / 1000;
    const blocks = height - first.height;
    return {
      height,
      target,
      transactions: total,
      transactionsPerSecond: (total - first.transactions) / seconds,
      secondsLeft: blocks > 0 ? ((target - height) * seconds) / blocks : null,
    };
  }
}
