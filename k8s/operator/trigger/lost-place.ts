import type { Cursor } from './block.ts';
import type { Chain } from './chain.ts';
import { nodeObstacle } from './node-access.ts';
import { Obstacle } from './obstacle.ts';
import type { Progress } from './progress.ts';

const RETRY_MS = 60_000;

/**
 * From where to follow a chain whose node does not know the block that it was followed up to, as it has another disk than
 * before: the newest block that was handled and that it knows.
 * @throws Obstacle NodeReady while it fetches the chain; Stalled where it has another one
 */
export async function placeOnChain(chain: Chain, { cursor, recent }: Progress): Promise<Cursor | null> {
  if (cursor === null) return null;
  const { height, isCatchingUp } = await chain.tip();
  if (isCatchingUp || height < cursor.height) {
    const message = `The node has ${height} blocks and does not know block ${cursor.hash} of height ${cursor.height} yet.`;
    throw nodeObstacle('BehindTrigger', `${message} All up to it is handled.`);
  }
  for (const handled of recent) {
    if ((await chain.block(handled.key)) !== null) return { hash: handled.key, height: handled.height };
  }
  const message = `The node knows none of the blocks that were handled: it follows another chain. Make another trigger for it.`;
  throw new Obstacle('NODE_WRONG_NETWORK', {
    condition: 'Stalled',
    reason: 'OtherChain',
    message,
    retryMs: RETRY_MS,
  });
}
