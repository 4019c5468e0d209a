import { MINER } from './miner.ts';
import { type BuiltTransaction, buildTransaction, type Coin, coinOf, type NewOutput } from './transaction-builder.ts';

const REPLACEABLE = 0xffff_fffd;

export interface PaymentOptions {
  /** In satoshis [10,000]. */
  readonly fee?: number;
  /** Others before the last one, which pays the rest to the miner [none]. */
  readonly outputs?: readonly NewOutput[];
  /** Of each input [asks to be replaceable (BIP125)]. */
  readonly sequence?: number;
}

/** A transaction that spends some coins of the miner. */
export function payment(coins: readonly Coin[], options: PaymentOptions = {}): BuiltTransaction {
  const { fee = 10_000, outputs = [], sequence = REPLACEABLE } = options;
  const spent = coins.reduce((sum, { value }) => sum + value, 0);
  const paid = outputs.reduce((sum, { value }) => sum + value, fee);
  return buildTransaction({
    inputs: coins,
    outputs: [...outputs, { value: spent - paid, script: MINER.script }],
    sequence,
  });
}

/** What the payment leaves to the miner. */
export function changeOf(transaction: BuiltTransaction): Coin {
  return coinOf(transaction, transaction.outputs.length - 1, MINER);
}
