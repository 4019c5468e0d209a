import { fromHex } from '../src/chain/bytes.ts';
import { networkById } from '../src/chain/networks.ts';
import { transactionFromBytes } from '../src/chain/transaction.ts';
import type { CoreCalls, MempoolInfo } from './core-calls.ts';
import { MINER } from './lock.ts';
import { type BuiltTransaction, buildTransaction, type Coin, coinOf, type NewOutput } from './transaction-builder.ts';

const REPLACEABLE = 0xffff_fffd;

export interface PaymentOptions {
  /** In satoshis [10,000]. */
  readonly fee?: number;
  /** The outputs before the last one, which pays the rest to the miner [none]. */
  readonly outputs?: readonly NewOutput[];
  /** Sequence of each input [signals replaceability (BIP125)]. */
  readonly sequence?: number;
}

/** A transaction that spends these coins of the miner. */
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

/** The output of a payment that pays the rest to the miner. */
export function changeOf(transaction: BuiltTransaction): Coin {
  return coinOf(transaction, transaction.outputs.length - 1, MINER);
}

/** A transaction with its fee, in satoshis. */
export interface PricedTransaction extends BuiltTransaction {
  readonly fee: number;
}

/** Fee rate of payments while the mempool is not full, in satoshis per virtual byte. */
const USUAL_RATE = 5;
/** From BTC per 1,000 virtual bytes to satoshis per virtual byte. */
const SATOSHIS_A_BYTE = 1e5;
const REGTEST = networkById('btc-regtest');

/** The lowest fee rate that the mempool accepts now, in satoshis per virtual byte. It is higher after the mempool was full. */
export function minimumRate({ mempoolminfee, minrelaytxfee }: MempoolInfo): number {
  return Math.max(mempoolminfee, minrelaytxfee) * SATOSHIS_A_BYTE;
}

/** What a replacement must pay in addition for each of its virtual bytes, in satoshis. */
export function incrementalRate({ incrementalrelayfee, minrelaytxfee }: MempoolInfo): number {
  return (incrementalrelayfee ?? minrelaytxfee) * SATOSHIS_A_BYTE;
}

/** Fee rate of a payment now, in satoshis per virtual byte: enough to stay when the mempool becomes full. */
export async function payingRate(calls: CoreCalls): Promise<number> {
  return Math.max(USUAL_RATE, 2 * minimumRate(await calls.mempoolInfo()));
}

/** A payment with at least this fee rate, in satoshis per virtual byte, and at least this fee. */
export function paymentAtRate(
  coins: readonly Coin[],
  rate: number,
  options: PaymentOptions = {},
  leastFee = 0,
): PricedTransaction {
  const draft = payment(coins, { ...options, fee: 0 });
  const fee = Math.max(leastFee, Math.ceil(virtualSizeOf(draft) * rate));
  return { ...payment(coins, { ...options, fee }), fee };
}

/** In virtual bytes. */
export function virtualSizeOf({ hex }: BuiltTransaction): number {
  return transactionFromBytes(fromHex(hex), REGTEST).virtualSize;
}
