import { hashToHex } from '../../src/chain/bytes.ts';
import { BitqlError } from '../../src/errors.ts';
import { type BlockRecord, blockRecord, blocksAtHeights } from '../../src/store/blocks.ts';
import type { BlockRef, ChainState, NodeView } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainNode, FollowedNode } from '../node/node.ts';

/**
 * The last indexed block that is on the node's chain, whose tip is the target. Null while there is nothing to compare:
 * the index is empty; or the node, perhaps syncing from scratch, is below the start of the index; or a reorganisation
 * replaced even the first indexed block (the node has the one before it).
 * All blocks below a shared one are shared, so a binary search finds it: if the node is far behind, this costs a few
 * calls.
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
 * Whether the node's chain has the block before the first indexed one, or, while history is still being filled in, the
 * very first one.
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

/**
 * Whether a block that follows the node's tip is on a branch that the node reports as invalid. The report is about the
 * end of the branch: while better headers are expected, only blocks further up may be invalid.
 */
export async function isOnInvalidBranch(
  { height, hash }: BlockRef,
  target: BlockRef,
  view: NodeView | null,
  node: FollowedNode,
): Promise<boolean> {
  for (const tip of await node.chainTips()) {
    if (tip.status !== 'invalid' || tip.height < height) continue;
    if (tip.hash === hash) return true;
    const isSyncing = view !== null && view.headers > target.height;
    const leavesHere = tip.height - tip.branchLength === target.height;
    if (!isSyncing && leavesHere && (await ancestor(tip, height, node)) === hash) return true;
  }
  return false;
}

async function ancestor(block: BlockRef, height: number, node: FollowedNode): Promise<string | null> {
  let hash: string | null = block.hash;
  for (let at = block.height; at > height && hash !== null; at--)
    hash = (await node.header(hash))?.previousHash ?? null;
  return hash;
}
