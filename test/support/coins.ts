import { toSatoshis } from '../../dev/core-calls.ts';
import { MINER } from '../../dev/lock.ts';
import type { RegtestNode } from '../../dev/regtest.ts';
import type { Coin } from '../../dev/transaction-builder.ts';

/** The number of blocks after which a coinbase can be spent. */
const MATURITY = 100;

/** Mines this number of coins for the miner, and the blocks that make them mature. */
export async function mineCoins(node: RegtestNode, count: number): Promise<Coin[]> {
  const hashes = await node.mine(count + MATURITY);
  return Promise.all(hashes.slice(0, count).map((hash) => coinbaseOf(node, hash)));
}

async function coinbaseOf(node: RegtestNode, hash: string): Promise<Coin> {
  const { tx } = await node.rpc<{ tx: { txid: string; vout: { value: number }[] }[] }>('getblock', hash, 2);
  const { txid, vout } = tx[0]!;
  return { txid, index: 0, value: toSatoshis(vout[0]!.value), lock: MINER };
}
