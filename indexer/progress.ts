import { blocksLackingFamilies } from '../src/store/families.ts';
import type { BlockRef, WriterProgress } from '../src/store/state.ts';
import type { ChainWriter } from '../src/store/writer.ts';
import type { ChainNode } from './node/node.ts';

/** The indexer's log, one line for each message. */
export interface IndexerLog {
  info(message: string): void;
  warn(message: string): void;
}

/**
 * The stages of indexing: waiting for blocks, parsing, finding spent outputs in memory, waiting for look-ups of others,
 * making rows, waiting for the store to write them. Each moment counts for one stage.
 */
export const STAGES = ['fetch', 'parse', 'outputs', 'lookup', 'rows', 'write'] as const;
export type Stage = (typeof STAGES)[number];

/** Adds up the time spent in each stage, in milliseconds. If stages are nested, the inner one counts. */
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

  /** The same items; the time until each arrives counts for the stage. */
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

/** The progress of indexing, for people and for metrics. */
export interface IndexingProgress extends WriterProgress {
  /** The highest indexed block; null before the first. */
  readonly height: number | null;
  /** The node's tip. */
  readonly target: number;
  /** The lowest indexed block, and the block down to which history is filled in. */
  readonly lowest: number | null;
  readonly start: number;
  /** Indexed blocks that still lack a family of postings. */
  readonly blocksToFill: number;
  /** Transactions written since this process began. */
  readonly transactions: number;
  /** Milliseconds that this process spent in each stage. */
  readonly stages: Readonly<Record<Stage, number>>;
  /** Transactions that were looked up in the store because one of their outputs was spent. */
  readonly lookups: number;
}

interface RateSample {
  readonly at: number;
  readonly transactions: number;
}

const WINDOW_MS = 30_000;
/** A rate over less than this time is meaningless. */
const SHORTEST_MS = 1_000;

/** Computes the rate from the transactions written over time. */
class RateMeter {
  readonly #samples: RateSample[];

  /** @param now of any steady clock, in milliseconds */
  constructor(now: number) {
    this.#samples = [{ at: now, transactions: 0 }];
  }

  get transactions(): number {
    return this.#samples.at(-1)!.transactions;
  }

  /** Adds transactions that were written, and forgets old samples. */
  add(transactions: number, now: number): void {
    this.#samples.push({ at: now, transactions: this.transactions + transactions });
    while (this.#samples.length > 2 && this.#samples[1]!.at < now - WINDOW_MS) this.#samples.shift();
  }

  /** Transactions a second. */
  get rate(): number {
    const [first, last] = [this.#samples[0]!, this.#samples.at(-1)!];
    return ((last.transactions - first.transactions) * 1_000) / Math.max(last.at - first.at, 1);
  }

  /** Seconds for this many transactions at the current rate; null while the rate is not known. */
  secondsFor(transactions: number): number | null {
    const [first, last] = [this.#samples[0]!, this.#samples.at(-1)!];
    if (last.at - first.at < SHORTEST_MS || last.transactions === first.transactions) return null;
    return transactions / this.rate;
  }
}

interface MonitorOptions {
  readonly node: ChainNode;
  readonly onProgress?: (progress: IndexingProgress) => void;
}

/** Watches the progress of a writer. */
export class Monitor {
  readonly stages = new StageClock();
  readonly #options: MonitorOptions;
  readonly #writer: ChainWriter;
  readonly #meter = new RateMeter(performance.now());
  #target = 0;
  /**
   * Transactions left when they were last counted, and the number written until then; null if the node cannot count
   * them.
   */
  #left: { transactions: number; written: number } | null = null;
  #latest: IndexingProgress | null = null;

  constructor(options: MonitorOptions, writer: ChainWriter) {
    this.#options = options;
    this.#writer = writer;
  }

  /** Sets the target and counts the transactions that are left. */
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

  /** The progress for the state record; null if there is nothing left to do. */
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
      blocksToFill: blocksLackingFamilies(this.#writer.state),
      transactions: written,
      transactionsPerSecond: this.#meter.rate,
      transactionsLeft: left,
      secondsLeft: left === null ? null : this.#meter.secondsFor(left),
      stages: { ...this.stages.spent },
      lookups,
    };
  }

  /** Number of transactions of the node's chain from the start on that are not indexed. */
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

  /** Number of transactions of the node's chain up to a height. */
  async #upTo(height: number): Promise<number | null> {
    if (height < 0) return 0;
    const hash = await this.#options.node.blockHash(height);
    return hash === null ? null : this.#options.node.transactionCount(hash);
  }
}
