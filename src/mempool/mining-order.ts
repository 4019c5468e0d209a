import { type CommitNumber, encodeCommitNumber } from '../store/commit-number.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { Chunk } from './pool-transaction.ts';
import { type BlockProjection, projectBlocks } from './projected-blocks.ts';

/** A pending transaction and its place in the order. */
export interface OrderedTransaction {
  /** From 0. */
  readonly rank: number;
  readonly arrival: Uint8Array;
  /** Of its chunk, in satoshis for a virtual byte. */
  readonly feeRate: number;
}

/** The pending transactions of a snapshot in the order in which they would be mined: by effective fee rate, parents first. */
export class MiningOrder {
  readonly snapshot: Snapshot;
  /** In order. */
  readonly chunks: readonly Chunk[];
  readonly #projection: Iterator<BlockProjection, void>;
  readonly #blocks: BlockProjection[] = [];
  /** For each chunk, the rank after its last transaction. */
  #ends: Uint32Array | null = null;

  /** @param room the weight that the transactions of a block may have */
  constructor(snapshot: Snapshot, chunks: readonly Chunk[], room: number) {
    this.snapshot = snapshot;
    this.chunks = chunks;
    this.#projection = projectBlocks(chunks, room);
  }

  get commit(): CommitNumber {
    return this.snapshot.commit;
  }

  /** The number of transactions. */
  get count(): number {
    return this.#ranks().at(-1) ?? 0;
  }

  /** The first blocks that would be made of them, at most `most`. */
  blocks(most: number): readonly BlockProjection[] {
    while (this.#blocks.length < most) {
      const { value } = this.#projection.next();
      if (value === undefined) break;
      this.#blocks.push(value);
    }
    return this.#blocks.slice(0, most);
  }

  /** The transactions from one rank up to another, which is not included. */
  between(from: number, to: number): OrderedTransaction[] {
    const found: OrderedTransaction[] = [];
    const ends = this.#ranks();
    for (let i = firstAbove(ends, from); i < this.chunks.length && found.length < to - from; i++) {
      const { transactions, feeRate } = this.chunks[i]!;
      const start = ends[i]! - transactions.length;
      for (const [k, { arrival }] of transactions.entries()) {
        const rank = start + k;
        if (rank >= from && rank < to) found.push({ rank, arrival: encodeCommitNumber(arrival), feeRate });
      }
    }
    return found;
  }

  #ranks(): Uint32Array {
    if (this.#ends !== null) return this.#ends;
    const ends = new Uint32Array(this.chunks.length);
    let end = 0;
    for (const [i, { transactions }] of this.chunks.entries()) {
      end += transactions.length;
      ends[i] = end;
    }
    this.#ends = ends;
    return ends;
  }
}

/** The index of the first number above another one, of ascending ones. */
function firstAbove(ascending: Uint32Array, number: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > number) high = middle;
    else low = middle + 1;
  }
  return low;
}
