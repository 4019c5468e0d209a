import type { Batch, ChainStore } from '../../src/store/store.ts';
import { quietly } from '../ahead.ts';
import type { BlockPart } from '../blocks/parts.ts';
import type { PlacedBlock } from '../chain/placed-blocks.ts';
import type { SpentOutputs } from '../outputs/spent-outputs.ts';
import { BlockRows, type RowContext, RowGroup } from './rows.ts';

/** A part with the outputs that it spends. */
export interface ResolvedPart extends BlockPart {
  /** Number among all parts of this process. */
  readonly number: number;
  readonly spent: SpentOutputs;
  /** The last part with all rows in the store when outputs were looked up there. */
  readonly written: number;
}

/** Rows that are written together. */
export interface Group {
  readonly batch: Batch;
  readonly transactions: number;
  /** The blocks whose last rows are in the group, in chain order. */
  readonly ended: readonly PlacedBlock[];
  /** Number of its last part. */
  readonly lastNumber: number;
}

/** Parts of this many bytes are written together: large enough that neighbours in key order share pages. */
const GROUP_BYTES = 3 * 1024 * 1024;
const GROUP_BLOCKS = 1_000;
const LARGEST_SPARE = 4 * GROUP_BYTES;

/** Gathers parts, in chain order, into groups. */
export class GroupBuilder {
  readonly #context: RowContext;
  #rows = new RowGroup();
  readonly #spares: Batch[] = [];
  #ended: PlacedBlock[] = [];
  #bytes = 0;
  #transactions = 0;
  #lastNumber = -1;
  /** The block to which the next part belongs. */
  #open: BlockRows | null = null;

  constructor(context: RowContext) {
    this.#context = context;
  }

  get isEmpty(): boolean {
    return this.#transactions === 0;
  }

  get isFull(): boolean {
    return this.#bytes >= GROUP_BYTES || this.#ended.length >= GROUP_BLOCKS;
  }

  add(part: ResolvedPart): void {
    this.#open ??= new BlockRows(part.block, part.transactionCount, this.#context);
    this.#open.add(part, part.spent, this.#rows);
    this.#bytes += part.size;
    this.#transactions += part.transactions.length;
    this.#lastNumber = part.number;
    if (!part.isLast) return;
    this.#ended.push(part.block);
    this.#open = null;
  }

  /** Takes back a written batch, so that its memory is used again, unless it is very large. */
  recycle(batch: Batch): void {
    const bytes = [...batch.values()].reduce((sum, rows) => sum + rows.bytes.length, 0);
    if (bytes <= LARGEST_SPARE) this.#spares.push(batch);
  }

  /** Returns what was gathered, and begins an empty group. */
  take(): Group {
    const group = {
      batch: this.#rows.finish(),
      transactions: this.#transactions,
      ended: this.#ended,
      lastNumber: this.#lastNumber,
    };
    this.#rows = new RowGroup(this.#spares.pop());
    this.#ended = [];
    this.#bytes = 0;
    this.#transactions = 0;
    return group;
  }
}

/** Groups that the store writes at the same time: while one is written, the next is on its way. */
const IN_FLIGHT = 2;

/** Writes groups concurrently and reports them in order. */
export class WriteQueue {
  readonly #store: ChainStore;
  readonly #onWritten: (group: Group) => Promise<void>;
  /** Oldest first; each resolves after all before it. */
  #pending: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(store: ChainStore, onWritten: (group: Group) => Promise<void>) {
    this.#store = store;
    this.#onWritten = onWritten;
  }

  /** Resolves when there is room for another group. */
  async ready(): Promise<void> {
    while (this.#pending.length >= IN_FLIGHT) await this.#oldest();
  }

  start(group: Group): void {
    const written = Promise.all([this.#store.write(group.batch), this.#last]);
    this.#last = quietly(written.then(([batch]) => this.#onWritten({ ...group, batch })));
    this.#pending.push(this.#last);
  }

  /** Resolves when everything is written and reported; rejects with the first failure. */
  async drain(): Promise<void> {
    while (this.#pending.length > 0) await this.#oldest();
  }

  /** Resolves when no write is in progress, whether it succeeded or failed. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  async #oldest(): Promise<void> {
    await this.#pending[0];
    this.#pending.shift();
  }
}
