import type { BlockRef, WriterProgress } from '../../src/store/state.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import type { ChainNode } from '../node/node.ts';
import { type IndexingProgress, RateMeter } from './progress.ts';
import { StageClock } from './stages.ts';

export interface MonitorOptions {
  readonly node: ChainNode;
  readonly onProgress?: (progress: IndexingProgress) => void;
}

/** Watches how the work of a writer gets on. */
export class Monitor {
  readonly stages = new StageClock();
  readonly #options: MonitorOptions;
  readonly #writer: ChainWriter;
  readonly #meter = new RateMeter(performance.now());
  #target = 0;
  /** When it was last counted, and what had been written then; null where the node cannot tell. */
  #left: { transactions: number; written: number } | null = null;
  #latest: IndexingProgress | null = null;

  constructor(options: MonitorOptions, writer: ChainWriter) {
    this.#options = options;
    this.#writer = writer;
  }

  /** Counts what there is to do. */
  async aim(tip: BlockRef): Promise<void> {
    this.#target = tip.height;
    const transactions = await this.#countLeft(tip);
    this.#left = transactions === null ? null : { transactions, written: this.#meter.transactions };
  }

  add(transactions: number, lookups: number): void {
    this.#meter.add(transactions, performance.now());
    this.#latest = this.#progress(lookups);
    this.#options.onProgress?.(this.#latest);
  }

  /** What the state record tells others; null where there is nothing to do. */
  report(): WriterProgress | null {
    if (this.#latest === null || this.#latest.transactionsLeft === 0) return null;
    const { transactionsPerSecond, transactionsLeft, secondsLeft } = this.#latest;
    return { transactionsPerSecond: Math.round(transactionsPerSecond), transactionsLeft, secondsLeft };
  }

  #progress(lookups: number): IndexingProgress {
    const { tip, coverage, start } = this.#writer.state;
    const written = this.#meter.transactions;
    const left = this.#left === null ? null : Math.max(0, this.#left.transactions - (written - this.#left.written));
    return {
      height: tip?.height ?? null,
      target: this.#target,
      lowest: coverage[0]?.[0] ?? null,
      start,
      transactions: written,
      transactionsPerSecond: this.#meter.rate,
      transactionsLeft: left,
      secondsLeft: left === null ? null : this.#meter.secondsFor(left),
      stages: { ...this.stages.spent },
      lookups,
    };
  }

  /** All that the node's chain has from the start on, less what is indexed. */
  async #countLeft(nodeTip: BlockRef): Promise<number | null> {
    const { tip, coverage, start } = this.#writer.state;
    const below = await this.#upTo(start - 1);
    const [all, indexed, notYet] =
      tip === null
        ? [await this.#options.node.transactionCount(nodeTip.hash), 0, 0]
        : await Promise.all([
            this.#options.node.transactionCount(nodeTip.hash),
            this.#options.node.transactionCount(tip.hash),
            this.#upTo(coverage[0]![0] - 1),
          ]);
    if (all === null || indexed === null || notYet === null || below === null) return null;
    return tip === null ? all - below : all - indexed + Math.max(0, notYet - below);
  }

  /** Transactions of the node's chain up to a height. */
  async #upTo(height: number): Promise<number | null> {
    if (height < 0) return 0;
    const hash = await this.#options.node.blockHash(height);
    return hash === null ? null : this.#options.node.transactionCount(hash);
  }
}
