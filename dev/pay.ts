import { type PricedTransaction, payingRate, paymentAtRate } from './fees.ts';
import type { Withdrawal } from './miner-wallet.ts';
import type { Tools } from './tools.ts';
import type { NewOutput } from './transaction-builder.ts';

/** Virtual bytes for inputs, change and the rest of a payment, and to spare. */
const ALLOWANCE = 2_000;

/** A signed payment of confirmed coins, with change, at the usual fee rate; not sent yet. */
export async function pay(
  { calls, wallet, sequences }: Tools,
  outputs: readonly NewOutput[],
): Promise<Pick<Withdrawal, 'minedFirst'> & { readonly transaction: PricedTransaction }> {
  const rate = await payingRate(calls);
  const size = outputs.reduce((sum, { script }) => sum + script.length + 12, ALLOWANCE);
  const value = outputs.reduce((sum, output) => sum + output.value, 0);
  const { coins, minedFirst } = await wallet.withdraw(value + Math.ceil(size * rate));
  return { transaction: paymentAtRate(coins, rate, { outputs, sequence: sequences.next() }), minedFirst };
}
