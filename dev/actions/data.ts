import { BitqlError } from '../../src/errors.ts';
import { rpcRefusal } from '../../src/rpc/codes.ts';
import { MAX_DATA_BYTES, MAX_PUSHES } from '../data-limits.ts';
import { opReturn } from '../op-return.ts';
import { pay } from '../pay.ts';
import type { Tools } from '../tools.ts';

/** Data on the chain. */
export interface DataSent {
  readonly txid: string;
  /** The length of the data, in bytes. */
  readonly bytes: number;
  /** How many pushes they are in. */
  readonly pushes: number;
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

/**
 * Puts data into an OP_RETURN output, each item in one push, a text as UTF-8. Above the node's relay limit it is mined.
 * @throws BitqlError BAD_SETTING for more than a transaction takes
 */
export async function sendData(tools: Tools, items: readonly (string | Uint8Array)[]): Promise<DataSent> {
  const bytes = items.reduce((sum, item) => sum + Buffer.byteLength(item), 0);
  requireRoom(bytes, items.length);
  const { transaction, minedFirst } = await pay(tools, [{ value: 0, script: opReturn(...items) }]);
  const { txid, fee, hex } = transaction;
  const sent = { txid, bytes, pushes: items.length, fee, minedFirst };
  try {
    await tools.calls.send(hex);
    return { ...sent, block: null, refusal: null };
  } catch (error) {
    const refusal = rpcRefusal(error)?.reason;
    if (refusal === undefined || !RELAY_LIMIT.test(refusal)) throw error;
    return { ...sent, block: await tools.calls.mineBlock([hex]), refusal };
  }
}

function requireRoom(bytes: number, pushes: number): void {
  const most = (count: number, what: string, max: number) =>
    new BitqlError('BAD_SETTING', `${count} ${what} are too many: one transaction takes ${max}. Send them in parts.`);
  if (bytes > MAX_DATA_BYTES) throw most(bytes, 'bytes of data', MAX_DATA_BYTES);
  if (pushes > MAX_PUSHES) throw most(pushes, 'pushes', MAX_PUSHES);
}
