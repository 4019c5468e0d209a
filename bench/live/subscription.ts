import type { NewOutput } from '../../dev/transaction-builder.ts';
import { addressOf } from '../../src/chain/address.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { sha256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';

/** What all subscribers ask for, each with a filter of its own. */
export const SUBSCRIPTION = `subscription ($filter: TransactionFilter) {
  transactions(filter: $filter) { cursor kind transaction { txid fee } }
}`;

export interface Operation {
  readonly query: string;
  readonly variables?: object;
}

/** What comes of the operation above. */
export interface Result {
  readonly data?: {
    readonly transactions: { readonly kind: string; readonly transaction: { readonly txid: string } };
  } | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** What a result tells, and of which transaction: such as "ACCEPTED 8aa5..." */
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
/** Of an output that pays to the hash of a key by witness. */
const WITNESS_KEY_HASH = Uint8Array.of(0, 20);

/** What pays an address. */
export function paymentTo(name: string): Wish {
  const script = concatBytes(WITNESS_KEY_HASH, sha256(new TextEncoder().encode(name)).subarray(0, 20));
  return { filter: { address: addressOf(script, REGTEST) }, output: { value: VALUE, script } };
}

/** What says something that begins with these words, of less than 76 bytes. */
export function dataBeginningWith(words: string): Wish {
  const data = new TextEncoder().encode(`${words}!`);
  const script = concatBytes(Uint8Array.of(OP_RETURN, data.length), data);
  return { filter: { data: [{ pushes: [{ startsWith: { utf8: words } }] }] }, output: { value: 0, script } };
}
