import { BitqlError } from '../errors.ts';
import { parseHash } from './answer-fields.ts';
import { RPC_CODES, rpcCode, rpcRefusal } from './codes.ts';
import { type FeeLimits, limitParameters } from './fee-limits.ts';
import { isUnavailable } from './forbidden-call.ts';
import type { Rpc } from './rpc.ts';

const METHOD = 'sendrawtransaction';

/**
 * Gives a transaction to the node, which checks it, takes it into its mempool and tells the network. One that is in the
 * mempool already is taken as given now.
 * @param hex the raw transaction
 * @param options limits of its fee; a signal that ends it: then the node may have taken the transaction, or not
 * @returns its txid, in display-order hex
 * @throws BitqlError NODE_REFUSED, with the node's own reason and code in the message, such as "min relay fee not met
 * (-26)", and `rpcCode` of it; NODE_UNREACHABLE, NODE_UNAUTHORIZED, NODE_WARMING_UP; the reason of the signal
 */
export async function sendRawTransaction(
  rpc: Rpc,
  hex: string,
  { limits = {}, signal }: { limits?: FeeLimits; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  try {
    return parseHash(await rpc.callWith({ signal }, METHOD, hex, ...limitParameters(limits)), METHOD);
  } catch (error) {
    const refusal = rpcRefusal(error);
    if (refusal === null) throw error;
    const { code, reason } = refusal;
    if (isKnown(code, reason)) {
      const txid = await txidInMempool(rpc, hex, signal);
      if (txid !== null) return txid;
    }
    throw new BitqlError(
      'NODE_REFUSED',
      `The node refuses the transaction: ${reason} (${code}).`,
      (error as BitqlError).cause,
    );
  }
}

/**
 * Whether the node may have it already. Core gives the txid of one that is in its mempool, and -27
 * (VERIFY_ALREADY_IN_UTXO_SET) for one in the chain; others say -27 or, as part of -26, "txn-already-in-mempool" or "txn-already-known".
 */
function isKnown(code: number, reason: string): boolean {
  return code === RPC_CODES.VERIFY_ALREADY_IN_UTXO_SET || /already[- ](in[- ](the[- ])?mempool|known)/i.test(reason);
}

/** The node reads the transaction itself; null where its mempool does not hold it, or a block does. */
async function txidInMempool(rpc: Rpc, hex: string, signal: AbortSignal | undefined): Promise<string | null> {
  try {
    const decoded = (await rpc.callWith({ signal }, 'decoderawtransaction', hex)) as { txid?: unknown } | null;
    const txid = parseHash(decoded?.txid, 'decoderawtransaction');
    await rpc.callWith({ signal }, 'getmempoolentry', txid);
    return txid;
  } catch (error) {
    if (rpcCode(error) === undefined && !isUnavailable(error)) throw error;
    return null;
  }
}
