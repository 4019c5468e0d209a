import { lockingScriptOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { keyPairOf } from '../key.ts';
import { witnessKeyHash } from '../lock.ts';
import { pay } from '../pay.ts';
import type { Tools } from '../tools.ts';
import { requireWholeNumber } from '../whole-number.ts';

export interface Payment {
  /** An address of regtest [one that is always the same]. */
  readonly to?: string | undefined;
  /** In satoshis [1,000,000]. */
  readonly value?: number | undefined;
}

/** A payment that is pending now. */
export interface Sent {
  readonly txid: string;
  readonly to: string;
  /** In satoshis. */
  readonly value: number;
  /** In satoshis. */
  readonly fee: number;
  /** Hashes of empty blocks that had to be mined first, for a coin to spend. */
  readonly minedFirst: readonly string[];
}

const USUAL_VALUE = 1_000_000;
const PAYEE = witnessKeyHash(keyPairOf('payee')).address!;

/** Pays to an address. */
export async function send(tools: Tools, { to = PAYEE, value = USUAL_VALUE }: Payment = {}): Promise<Sent> {
  const script = lockingScriptOf(to, networkById('btc-regtest'));
  const { transaction, minedFirst } = await pay(tools, [{ value: requireWholeNumber('The value', value), script }]);
  await tools.calls.send(transaction.hex);
  return { txid: transaction.txid, to, value, fee: transaction.fee, minedFirst };
}
