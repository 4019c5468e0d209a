import { createHash } from 'node:crypto';
import type { Transaction } from '../../src/chain/transaction.ts';

/** Transactions of a block that follow each other. */
export interface BlockStretch {
  /** The place of the first one in the block. */
  readonly first: number;
  readonly transactions: readonly Transaction[];
  /** Serialized, in bytes. */
  readonly size: number;
  readonly isLast: boolean;
}

/** A large block comes in stretches of this many bytes, or of one transaction where that is larger. */
const STRETCH_BYTES = 1024 * 1024;

/** Cuts a block into stretches, wherever its bytes come from at the same places. */
export async function* stretchesOf(
  transactions: AsyncIterable<Transaction>,
  transactionCount: number,
): AsyncGenerator<BlockStretch> {
  let some: Transaction[] = [];
  let first = 0;
  let size = 0;
  for await (const transaction of transactions) {
    some.push(transaction);
    size += transaction.size;
    const isLast = first + some.length === transactionCount;
    if (size < STRETCH_BYTES && !isLast) continue;
    yield { first, transactions: some, size, isLast };
    first += some.length;
    some = [];
    size = 0;
  }
}

/** SHA-256 of the bytes of transactions. */
export function digestOfTransactions(transactions: readonly Transaction[]): string {
  const hash = createHash('sha256');
  for (const { bytes } of transactions) hash.update(bytes);
  return hash.digest('base64');
}
