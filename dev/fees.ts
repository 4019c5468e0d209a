import { fromHex } from '../src/chain/bytes.ts';
import { networkById } from '../src/chain/networks.ts';
import { transactionFromBytes } from '../src/chain/transaction.ts';
import type { CoreCalls, MempoolInfo } from './core-calls.ts';
import { type PaymentOptions, payment } from './payment.ts';
import type { BuiltTransaction, Coin } from './transaction-builder.ts';

/** A transaction with what it pays for itself, in satoshis. */
export interface PricedTransaction extends BuiltTransaction {
  readonly fee: number;
}

/** What payments offer while the mempool is not full, in satoshis a virtual byte. */
const USUAL_RATE = 5;
/** From BTC for each 1,000 virtual bytes to satoshis a virtual byte. */
const SATOSHIS_A_BYTE = 1e5;
const REGTEST = networkById('btc-regtest');

/** The least that the mempool takes now, in satoshis a virtual byte: more than usual when it has been full. */
export function minimumRate({ mempoolminfee, minrelaytxfee }: MempoolInfo): number {
  return Math.max(mempoolminfee, minrelaytxfee) * SATOSHIS_A_BYTE;
}

/** What a replacement has to pay on top for each of its virtual bytes, in satoshis. */
export function incrementalRate({ incrementalrelayfee, minrelaytxfee }: MempoolInfo): number {
  return (incrementalrelayfee ?? minrelaytxfee) * SATOSHIS_A_BYTE;
}

/** What a payment offers now, in satoshis a virtual byte: enough to stay when the mempool becomes full. */
export async function payingRate(calls: CoreCalls): Promise<number> {
  return Math.max(USUAL_RATE, 2 * minimumRate(await calls.mempoolInfo()));
}

/** A payment with at least this fee rate, in satoshis a virtual byte, and at least this fee. */
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
