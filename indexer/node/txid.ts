import { hashToHex, MalformedBytesError } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';

/** The txid, in display-order hex, of a raw transaction; null for bytes that are not just one transaction. */
export function txidOf(raw: Uint8Array, network: Network): string | null {
  try {
    return hashToHex(transactionFromBytes(raw, network).txid);
  } catch (error) {
    if (error instanceof MalformedBytesError) return null;
    throw error;
  }
}
