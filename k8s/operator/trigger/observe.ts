import { ObstacleError } from '../runtime/obstacle.ts';
import type { BlockInfo, Chain, ChainCursor, MainTip } from './chain.ts';
import { nodeObstacle } from './inputs.ts';
import type { TriggerProgress } from './status.ts';

/** Which heights are handled. */
interface HeightRules {
  /** Only multiples of this. */
  readonly every: number;
  /** The lowest height. */
  readonly fromHeight: number;
  /** At most this many, the newest ones. */
  readonly limit: number;
}

interface DueHeights {
  /** Ascending. */
  readonly heights: readonly number[];
  /** How many are left out because of the limit. */
  readonly skipped: number;
}

/**
 * The heights to handle after one height and up to another. Both may be -1 if there are no blocks yet.
 * @param page the maximum number of returned heights; there may be more
 */
export function dueHeights(after: number, upTo: number, rules: HeightRules, page: number): DueHeights {
  const { every, fromHeight, limit } = rules;
  const first = Math.ceil((Math.max(after, fromHeight - 1) + 1) / every) * every;
  const count = upTo < first ? 0 : Math.floor((upTo - first) / every) + 1;
  const skipped = Math.max(0, count - limit);
  const length = Math.min(count - skipped, page);
  return { heights: Array.from({ length }, (_, index) => first + (skipped + index) * every), skipped };
}

export function isDue(height: number, { every, fromHeight }: HeightRules): boolean {
  return height >= fromHeight && height % every === 0;
}

/** How a trigger follows a chain. */
export interface FollowRules extends HeightRules {
  /** The number of confirmations that a block needs; 1 for the newest block. */
  readonly confirmations: number;
}

/** A change of a block to handle, and the cursor after it. */
export interface BlockChange {
  readonly type: 'connected' | 'disconnected';
  readonly block: BlockInfo;
  readonly next: ChainCursor;
  /** How many blocks before it were left out because of the limit. */
  readonly skipped: number;
}

/** The next changes of a chain, in order. */
interface ChainPage {
  readonly changes: readonly BlockChange[];
  /** The cursor after all of them are handled. */
  readonly cursor: ChainCursor | null;
  /** Whether to look again at once. */
  readonly hasMore: boolean;
}

/** Blocks per page, which are in memory together. */
const BLOCKS_A_PAGE = 32;
const OTHER_CHAIN_RETRY_MS = 60_000;

/**
 * The first cursor: the newest block with enough confirmations counts as handled.
 * @param fromHeight the first height to handle, if it is not higher; null to start with the next block
 * @returns null before the first block
 */
export async function startOf(
  chain: Chain,
  confirmations: number,
  fromHeight: number | null,
): Promise<ChainCursor | null> {
  const newest = Math.max(0, confirmedHeight(await chain.tip(), confirmations));
  const height = fromHeight === null ? newest : Math.min(newest, fromHeight - 1);
  if (height < 0) return null;
  const [block] = (await chain.above(null, [height])) ?? [];
  return block === undefined ? startOf(chain, confirmations, fromHeight) : cursorAt(block);
}

/**
 * What happened to the chain since the cursor. Removed blocks come before their replacements. Only blocks with enough
 * confirmations are reported, so no block is reported as removed that was not reported before.
 * @returns null if the node does not know the cursor's block
 */
export async function nextPage(
  chain: Chain,
  cursor: ChainCursor | null,
  rules: FollowRules,
): Promise<ChainPage | null> {
  if (cursor !== null) {
    const found = await chain.block(cursor.hash);
    if (found === null) return null;
    if (!found.isMain) return backwards(chain, found.block, rules);
  }
  return forwards(chain, cursor, rules);
}

async function backwards(chain: Chain, from: BlockInfo, rules: FollowRules): Promise<ChainPage | null> {
  const changes: BlockChange[] = [];
  let block = from;
  for (let steps = 0; steps < BLOCKS_A_PAGE; steps++) {
    const parent = await chain.block(block.previousHash);
    if (parent === null) return null;
    if (isDue(block.height, rules))
      changes.push({ type: 'disconnected', block, next: cursorAt(parent.block), skipped: 0 });
    block = parent.block;
    if (parent.isMain) break;
  }
  return { changes, cursor: cursorAt(block), hasMore: true };
}

async function forwards(chain: Chain, cursor: ChainCursor | null, rules: FollowRules): Promise<ChainPage> {
  const tip = await chain.tip();
  const nothing = { changes: [], cursor, hasMore: false };
  if (tip.isCatchingUp) return nothing;
  const { heights, skipped } = dueHeights(
    cursor?.height ?? -1,
    confirmedHeight(tip, rules.confirmations),
    rules,
    BLOCKS_A_PAGE,
  );
  if (heights.length === 0) return nothing;
  const blocks = await chain.above(cursor, heights);
  if (blocks === null) return { ...nothing, hasMore: true };
  const changes = blocks.map((block, index): BlockChange => {
    return { type: 'connected', block, next: cursorAt(block), skipped: index === 0 ? skipped : 0 };
  });
  return { changes, cursor: cursorAt(blocks.at(-1)!), hasMore: heights.length === BLOCKS_A_PAGE };
}

function confirmedHeight({ height }: MainTip, confirmations: number): number {
  return height - confirmations + 1;
}

function cursorAt({ hash, height }: BlockInfo): ChainCursor {
  return { hash, height };
}

/**
 * A cursor for a node that does not know the current cursor's block, because it has another disk than before: the newest handled
 * block that it knows.
 * @throws ObstacleError NodeReady while it downloads the chain; Stalled if it follows another chain
 */
export async function placeOnChain(chain: Chain, { cursor, recent }: TriggerProgress): Promise<ChainCursor | null> {
  if (cursor === null) return null;
  const { height, isCatchingUp } = await chain.tip();
  if (isCatchingUp || height < cursor.height) {
    const message = `The node has ${height} blocks and does not know block ${cursor.hash} at height ${cursor.height} yet.`;
    throw nodeObstacle('BehindTrigger', `${message} All blocks up to it are handled.`);
  }
  for (const handled of recent) {
    if ((await chain.block(handled.key)) !== null) return { hash: handled.key, height: handled.height };
  }
  const message = `The node knows none of the handled blocks: it follows another chain. Create another trigger for it.`;
  throw new ObstacleError('NODE_WRONG_NETWORK', {
    condition: 'Stalled',
    reason: 'OtherChain',
    message,
    isFinal: true,
    retryMs: OTHER_CHAIN_RETRY_MS,
  });
}
