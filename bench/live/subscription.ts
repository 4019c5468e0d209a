import type { NewOutput } from '../../dev/transaction-builder.ts';
import { addressOf } from '../../src/chain/address.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { sha256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';

/** The subscription of all subscribers, each with its own filter. */
export const SUBSCRIPTION = `subscription ($filter: TransactionFilter) {
  transactions(filter: $filter) { cursor kind transaction { txid fee } }
}`;

export interface Operation {
  readonly query: string;
  readonly variables?: object;
}

/** A result of the operation above. */
export interface Result {
  readonly data?: {
    readonly transactions: { readonly kind: string; readonly transaction: { readonly txid: string } };
  } | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** The kind and txid of a result, such as "ACCEPTED 8aa5...". */
export function toldBy({ data, errors }: Result): string {
  if (data == null || errors !== undefined)
    throw new Error(`a subscriber was told an error: ${JSON.stringify(errors)}`);
  const { kind, transaction } = data.transactions;
  return `${kind} ${transaction.txid}`;
}

/** A filter of `transactions`, and an output that it matches. */
export interface Wish {
  readonly filter: object;
  readonly output: NewOutput;
}

const REGTEST = networkById('btc-regtest');
const OP_RETURN = 0x6a;
const VALUE = 1_000;
/** The beginning of a P2WPKH script. */
const WITNESS_KEY_HASH = Uint8Array.of(0, 20);

/** A filter for an address, and an output that pays to it. */
export function paymentTo(name: string): Wish {
  const script = concatBytes(WITNESS_KEY_HASH, sha256(new TextEncoder().encode(name)).subarray(0, 20));
  return { filter: { address: addressOf(script, REGTEST) }, output: { value: VALUE, script } };
}

/** A filter for data that begins with these words (of less than 76 bytes), and an output with such data. */
export function dataBeginningWith(words: string): Wish {
  const data = new TextEncoder().encode(`${words}!`);
  const script = concatBytes(Uint8Array.of(OP_RETURN, data.length), data);
  return { filter: { data: [{ pushes: [{ startsWith: { utf8: words } }] }] }, output: { value: 0, script } };
}
