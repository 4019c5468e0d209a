import type { WriterProgress } from '../../src/store/state.ts';
import type { Stage } from './stages.ts';

/** How far indexing is, for people and for metrics. */
export interface IndexingProgress extends WriterProgress {
  /** The highest indexed block; null before the first. */
  readonly height: number | null;
  /** The node's tip. */
  readonly target: number;
  /** The lowest indexed block, and the one that history is filled in down to. */
  readonly lowest: number | null;
  readonly start: number;
  /** Written since this process began. */
  readonly transactions: number;
  /** Milliseconds that this process spent in each stage. */
  readonly stages: Readonly<Record<Stage, number>>;
  /** Transactions that were looked up in the store because an output of theirs was spent. */
  readonly lookups: number;
}

interface RateSample {
  readonly at: number;
  readonly transactions: number;
}

const WINDOW_MS = 30_000;
/** Below this, a rate says nothing. */
const SHORTEST_MS = 1_000;

/** Works out the rate from what was written when. */
export class RateMeter {
  readonly #samples: RateSample[];

  /** @param now in milliseconds of any steady clock */
  constructor(now: number) {
    this.#samples = [{ at: now, transactions: 0 }];
  }

  get transactions(): number {
    return this.#samples.at(-1)!.transactions;
  }

  /** Takes in what was written, and forgets what happened long ago. */
  add(transactions: number, now: number): void {
    this.#samples.push({ at: now, transactions: this.transactions + transactions });
    while (this.#samples.length > 2 && this.#samples[1]!.at < now - WINDOW_MS) this.#samples.shift();
  }

  /** Transactions a second. */
  get rate(): number {
    const [first, last] = [this.#samples[0]!, this.#samples.at(-1)!];
    return ((last.transactions - first.transactions) * 1_000) / Math.max(last.at - first.at, 1);
  }

  /** For so many transactions, at the present rate; null while there is none to speak of. */
  secondsFor(transactions: number): number | null {
    const [first, last] = [this.#samples[0]!, this.#samples.at(-1)!];
    if (last.at - first.at < SHORTEST_MS || last.transactions === first.transactions) return null;
    return transactions / this.rate;
  }
}
