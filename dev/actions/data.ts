import { BitqlError } from '../../src/errors.ts';
import { refusalOf } from '../core-calls.ts';
import { virtualSizeOf } from '../fees.ts';
import { opReturn } from '../op-return.ts';
import { pay } from '../pay.ts';
import type { Tools } from '../tools.ts';

/** Data on the chain. */
export interface DataSent {
  readonly txid: string;
  /** The length of the data, in bytes. */
  readonly bytes: number;
  /** In satoshis. */
  readonly fee: number;
  /** The block that it was mined into at once, as the node does not relay it; null while it is pending. */
  readonly block: string | null;
  /** Why the node does not relay it, in its words; null if it does. */
  readonly refusal: string | null;
  /** Hashes of empty blocks that had to be mined first, for a coin to spend. */
  readonly minedFirst: readonly string[];
}

/** What Core and Knots say of a transaction whose data they do not relay, though a block may hold it. */
const RELAY_LIMIT =
  /datacarrier|scriptpubkey|script-?toolarge|^tx-size$|multi-op-return|tokens|parasite|exceeds (ancestor|descendant) size|too-large-cluster/i;
/** What a block has room for, beside its header and coinbase, in virtual bytes. */
const MAX_SIZE = 999_000;

/** Puts data into an OP_RETURN output, each item in one push, a text as UTF-8. Above the node's relay limit it is mined. */
export async function sendData(tools: Tools, items: readonly (string | Uint8Array)[]): Promise<DataSent> {
  const bytes = items.reduce((sum, item) => sum + Buffer.byteLength(item), 0);
  const { transaction, minedFirst } = await pay(tools, [{ value: 0, script: opReturn(...items) }]);
  const { txid, fee, hex } = transaction;
  if (virtualSizeOf(transaction) > MAX_SIZE) {
    throw new BitqlError('BAD_SETTING', `${bytes} bytes of data do not fit in a block.`);
  }
  try {
    await tools.calls.send(hex);
    return { txid, bytes, fee, block: null, refusal: null, minedFirst };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined || !RELAY_LIMIT.test(refusal)) throw error;
    return { txid, bytes, fee, block: await tools.calls.mineBlock([hex]), refusal, minedFirst };
  }
}
