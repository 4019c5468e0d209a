import { hashToHex } from '../src/chain/bytes.ts';
import { BitqlError } from '../src/errors.ts';
import { blockKey } from '../src/store/position.ts';
import { decodeBlock } from '../src/store/records/block.ts';
import type { BlockRef, ChainState } from '../src/store/state.ts';
import type { ChainStore } from '../src/store/store.ts';
import type { BitcoinNode } from './node/node.ts';

/**
 * The last indexed block that is on the node's chain; null while the index is empty. A node whose chain ends below it
 * may only be behind; so blocks that the node has no rival for count as shared.
 */
export async function forkPoint(state: ChainState, store: ChainStore, node: BitcoinNode): Promise<BlockRef | null> {
  for (let block = state.tip; block !== null; block = await parentOf(block, state, store)) {
    const rival = await node.blockHash(block.height);
    if (rival === block.hash) return block;
  }
  if (state.tip === null) return null;
  throw new BitqlError(
    'NODE_WRONG_NETWORK',
    `The node's chain shares no block with the index, which begins at height ${state.start}: is it a node of ${state.network}?`,
  );
}

async function parentOf({ height }: BlockRef, state: ChainState, store: ChainStore): Promise<BlockRef | null> {
  if (height === state.start) return null;
  const [value] = await store.get('blocks', [blockKey(height - 1, state.forks[height - 1] ?? 0)]);
  return { height: height - 1, hash: hashToHex(decodeBlock(value!).hash) };
}
