import { hashFromHex } from '../../chain/bytes.ts';
import type { TransactionVerdict } from '../../rpc/test-transactions.ts';

/** What a node says of a transaction, as `TransactionTest` shows it. */
export function verdictOf(verdict: TransactionVerdict): Omit<TransactionVerdict, 'txid'> & { txid: Uint8Array } {
  return { ...verdict, txid: hashFromHex(verdict.txid) };
}
