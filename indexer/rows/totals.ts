import { compactSizeLength } from '../../src/chain/bytes.ts';
import { HEADER_SIZE } from '../../src/chain/header.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { feeOf, type Transaction } from '../../src/chain/transaction.ts';
import type { BlockTotals } from '../../src/store/blocks.ts';

/** Adds up a block as its transactions come by. */
export class TotalsOfBlock {
  readonly #sums: { -readonly [K in keyof BlockTotals]: BlockTotals[K] };

  constructor(transactionCount: number) {
    const size = HEADER_SIZE + compactSizeLength(transactionCount);
    this.#sums = { size, strippedSize: size, transactionCount, inputCount: 0, outputCount: 0, outputValue: 0, fees: 0 };
  }

  add(transaction: Transaction, spent: readonly (SpentOutput | null)[]): void {
    const sums = this.#sums;
    sums.size += transaction.size;
    sums.strippedSize += transaction.strippedSize;
    sums.inputCount += transaction.inputCount;
    sums.outputCount += transaction.outputCount;
    for (const { value } of transaction.outputs) sums.outputValue += value;
    const fee = transaction.isCoinbase ? 0 : feeOf(transaction, spent);
    sums.fees = fee === null || sums.fees === null ? null : sums.fees + fee;
  }

  get sums(): BlockTotals {
    return this.#sums;
  }
}
