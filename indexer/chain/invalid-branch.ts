import type { BlockRef, NodeView } from '../../src/store/state.ts';
import type { FollowedNode } from '../node/node.ts';

/**
 * Whether a block that stands on the node's tip is on a branch of which the node says so. What it says is of the end of
 * the branch: while better headers are to come, that may be of blocks further up alone.
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
