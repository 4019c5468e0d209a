import { BitqlError } from '../../src/errors.ts';
import { prunedError } from './rpc.ts';

const NOT_FOUND = 404;
/** The node is starting, or has more calls waiting than it takes. */
const UNAVAILABLE = 503;

/** Whether the node offers REST (bitcoind -rest). It has no login, so a node may well not. */
export async function hasRest(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/rest/chaininfo.json`);
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** A raw block by REST: half the bytes of RPC's hex, and nothing to decode. */
export async function restBlock(origin: string, hash: string): Promise<Uint8Array> {
  try {
    const response = await fetch(`${origin}/rest/block/${hash}.bin`);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    const reason = (await response.text()).trim();
    if (response.status === NOT_FOUND && /pruned/i.test(reason)) throw prunedError(`bitcoind at ${origin}`);
    if (response.status === UNAVAILABLE) {
      throw new BitqlError('NODE_UNREACHABLE', `bitcoind at ${origin} cannot answer now: ${reason}`);
    }
    throw new BitqlError('NODE_REFUSED', `bitcoind at ${origin} refuses block ${hash} by REST: ${reason}`);
  } catch (error) {
    if (error instanceof BitqlError) throw error;
    const reason = (error as Error).cause ?? error;
    throw new BitqlError('NODE_UNREACHABLE', `bitcoind at ${origin} does not answer: ${String(reason)}`, error);
  }
}
