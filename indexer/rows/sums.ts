import { compactSizeLength, equalBytes, u16At, u32At } from '../../src/chain/bytes.ts';
import { HEADER_SIZE } from '../../src/chain/header.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { feeOf, type Transaction } from '../../src/chain/transaction.ts';
import type { BlockTotals } from '../../src/store/blocks.ts';

/** Adds up a block's totals, one transaction after the other. */
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

interface Sums {
  readonly key: Uint8Array;
  /** Null if the transaction pays nothing spendable to the script. */
  received: number | null;
  spent: number;
}

/** What one transaction pays to each locking script and spends from it, in satoshis, by `lock` key. */
export class SumsByLock {
  readonly all: Sums[] = [];
  /** By the first 48 bits of the key; if another key has the same bits, by the next free number. */
  readonly #places = new Map<number, number>();

  receive(key: Uint8Array, value: number | null): void {
    const sums = this.#of(key);
    if (value !== null) sums.received = (sums.received ?? 0) + value;
  }

  spend(key: Uint8Array, value: number): void {
    this.#of(key).spent += value;
  }

  #of(key: Uint8Array): Sums {
    for (let name = u32At(key, 0) * 0x1_0000 + u16At(key, 4); ; name++) {
      const place = this.#places.get(name);
      if (place === undefined) {
        this.#places.set(name, this.all.length);
        const sums = { key, received: null, spent: 0 };
        this.all.push(sums);
        return sums;
      }
      if (equalBytes(this.all[place]!.key, key)) return this.all[place]!;
    }
  }
}
