import type { Transaction } from './transaction.ts';

/** An output as the transaction that spends it needs it: its value in satoshis and its script as on the wire. */
export interface SpentOutput {
  readonly value: number;
  readonly script: Uint8Array;
}

/**
 * What a transaction pays to the miner, in satoshis: spent values minus created values.
 * @param spent the outputs that it spends, in input order; null for one that is not known
 * @returns null for a coinbase, which spends nothing, and if any spent output is unknown
 */
export function feeOf(transaction: Transaction, spent: readonly (SpentOutput | null)[]): number | null {
  if (transaction.isCoinbase) return null;
  let fee = 0;
  for (let i = 0; i < transaction.inputCount; i++) {
    const output = spent[i];
    if (!output) return null;
    fee += output.value;
  }
  for (const output of transaction.outputs) fee -= output.value;
  return fee;
}
