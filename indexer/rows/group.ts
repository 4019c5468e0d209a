import type { Batch } from '../../src/store/store.ts';
import type { BlockPart } from '../blocks/parts.ts';
import type { PlacedBlock } from '../chain/placed-blocks.ts';
import type { SpentOutputs } from '../outputs/spent-outputs.ts';
import { BlockRows, type RowContext, RowGroup } from './rows.ts';

/** A part with what it spends. */
export interface ResolvedPart extends BlockPart {
  /** Among all parts that this process works on. */
  readonly number: number;
  readonly spent: SpentOutputs;
  /** The last part whose rows were in the store when it was looked there. */
  readonly written: number;
}

/** Rows that are written together. */
export interface Group {
  readonly batch: Batch;
  readonly transactions: number;
  /** The blocks whose last rows are here, in chain order. */
  readonly ended: readonly PlacedBlock[];
  /** Of its last part. */
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
  /** The block that the next part goes on with. */
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

  /** Takes a batch that was written: its memory serves again, unless it was very much. */
  recycle(batch: Batch): void {
    const bytes = [...batch.values()].reduce((sum, rows) => sum + rows.bytes.length, 0);
    if (bytes <= LARGEST_SPARE) this.#spares.push(batch);
  }

  /** What was gathered; the next group begins empty. */
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
