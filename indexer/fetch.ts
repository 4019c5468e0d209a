import type { BitcoinNode } from './node/node.ts';

/** A raw block of the node's main chain. */
export interface FetchedBlock {
  readonly height: number;
  readonly hash: string;
  readonly bytes: Uint8Array;
}

/** Blocks that are asked for ahead of the one that is worked on. */
const AHEAD = 4;

/** The node's blocks from one height to another, in order, fetched ahead. Ends early where the node's chain does. */
export async function* fetchBlocks(node: BitcoinNode, from: number, to: number): AsyncGenerator<FetchedBlock> {
  const queue: Promise<FetchedBlock | null>[] = [];
  let next = from;
  try {
    for (let height = from; height <= to; height++) {
      while (next <= Math.min(height + AHEAD, to)) queue.push(quietly(fetchBlock(node, next++)));
      const block = await queue.shift();
      if (block == null) return;
      yield block;
    }
  } finally {
    await Promise.allSettled(queue);
  }
}

async function fetchBlock(node: BitcoinNode, height: number): Promise<FetchedBlock | null> {
  const hash = await node.blockHash(height);
  return hash === null ? null : { height, hash, bytes: await node.block(hash) };
}

/** A failure shows when its turn comes, not as an unhandled rejection before. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
