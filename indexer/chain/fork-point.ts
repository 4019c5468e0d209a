import { hashToHex } from '../../src/chain/bytes.ts';
import { BitqlError } from '../../src/errors.ts';
import { type BlockRecord, blockRecord, blocksAtHeights } from '../../src/store/blocks.ts';
import type { BlockRef, ChainState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainNode } from '../node/node.ts';

/**
 * The last indexed block that is on the node's chain, whose tip is the target; null while there is nothing to compare:
 * the index is empty, or the node, perhaps syncing anew, is not yet where the index begins, or a reorganisation took
 * even the first indexed block (the node has the one before it).
 *
 * All blocks below a shared one are shared, so halving finds it: a node that is far behind costs a few questions.
 */
export async function forkPoint(
  target: BlockRef,
  state: ChainState,
  store: ChainStore,
  node: ChainNode,
): Promise<BlockRef | null> {
  const lowest = state.coverage[0]?.[0] ?? state.start;
  if (state.tip === null || target.height < lowest) return null;
  const highest = await indexedAt(Math.min(state.tip.height, target.height), state, store);
  if (await isShared(highest, node)) return highest;
  let shared: BlockRef | null = null;
  let low = lowest;
  let high = highest.height;
  while (low < high) {
    const middle = await indexedAt(Math.floor((low + high) / 2), state, store);
    if (await isShared(middle, node)) {
      shared = middle;
      low = middle.height + 1;
    } else high = middle.height;
  }
  if (shared !== null || (await isOnlyReorganised(lowest, state, store, node))) return shared;
  throw new BitqlError(
    'NODE_WRONG_NETWORK',
    `The node's chain has no block in common with the index, which starts at height ${lowest}. Is it a node of ${state.network}?`,
  );
}

/**
 * Whether the node's chain has the block before the first indexed one, which that one's header names, or, where
 * history is still to be filled in, the first one of all.
 */
async function isOnlyReorganised(
  lowest: number,
  { start, forks }: ChainState,
  store: ChainStore,
  node: ChainNode,
): Promise<boolean> {
  if (lowest === 0) return false;
  const { header } = await recordAt(lowest, forks, store);
  if ((await node.blockHash(lowest - 1)) === hashToHex(header.previousHash)) return true;
  const hash = await node.blockHash(start);
  const [first] = await blocksAtHeights(store, [start]);
  return lowest > start && first!.some((record) => hashToHex(record.hash) === hash);
}

async function isShared({ height, hash }: BlockRef, node: ChainNode): Promise<boolean> {
  return (await node.blockHash(height)) === hash;
}

async function indexedAt(height: number, { forks }: ChainState, store: ChainStore): Promise<BlockRef> {
  return { height, hash: hashToHex((await recordAt(height, forks, store)).hash) };
}

function recordAt(height: number, forks: ChainState['forks'], store: ChainStore): Promise<BlockRecord> {
  return blockRecord(store, { height, fork: forks[height] ?? 0 });
}
