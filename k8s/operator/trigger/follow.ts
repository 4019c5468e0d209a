import type { Block, Cursor } from './block.ts';
import type { Chain, Tip } from './chain.ts';
import { dueHeights, type HeightRules, isDue } from './due-heights.ts';

/** How a trigger looks at a chain. */
export interface FollowRules extends HeightRules {
  /** How deep a block must be to count as there: 1, it is the newest. */
  readonly confirmations: number;
}

/** Something that happened to a block which is to be handled, and where the chain is followed from afterwards. */
export interface Change {
  readonly type: 'connected' | 'disconnected';
  readonly block: Block;
  readonly next: Cursor;
  /** How many blocks before it were left out, as there are too many. */
  readonly skipped: number;
}

/** The next that happened on a chain, in order. */
export interface Page {
  readonly changes: readonly Change[];
  /** Where the chain is followed from when all of them are handled. */
  readonly cursor: Cursor | null;
  /** Whether to look again at once. */
  readonly hasMore: boolean;
}

/** Blocks of one page: what is in memory of a chain at once. */
export const PAGE = 32;

/**
 * Where a chain is followed from at first: the newest block that is deep enough counts as handled.
 * @param fromHeight the first to handle, if that is not above; null for what comes from now on
 * @returns null in front of the first block
 */
export async function startOf(chain: Chain, confirmations: number, fromHeight: number | null): Promise<Cursor | null> {
  const newest = Math.max(0, confirmedHeight(await chain.tip(), confirmations));
  const height = fromHeight === null ? newest : Math.min(newest, fromHeight - 1);
  if (height < 0) return null;
  const [block] = (await chain.above(null, [height])) ?? [];
  return block === undefined ? startOf(chain, confirmations, fromHeight) : cursorAt(block);
}

/**
 * What happened to the chain since the cursor. A block that left the main chain comes before those in its place; only blocks
 * that were deep enough come at all, so none leaves that did not come.
 * @returns null where the node does not know the cursor's block
 */
export async function nextPage(chain: Chain, cursor: Cursor | null, rules: FollowRules): Promise<Page | null> {
  if (cursor !== null) {
    const found = await chain.block(cursor.hash);
    if (found === null) return null;
    if (!found.isMain) return backwards(chain, found.block, rules);
  }
  return forwards(chain, cursor, rules);
}

async function backwards(chain: Chain, from: Block, rules: FollowRules): Promise<Page | null> {
  const changes: Change[] = [];
  let block = from;
  for (let steps = 0; steps < PAGE; steps++) {
    const parent = await chain.block(block.previousHash);
    if (parent === null) return null;
    if (isDue(block.height, rules))
      changes.push({ type: 'disconnected', block, next: cursorAt(parent.block), skipped: 0 });
    block = parent.block;
    if (parent.isMain) break;
  }
  return { changes, cursor: cursorAt(block), hasMore: true };
}

async function forwards(chain: Chain, cursor: Cursor | null, rules: FollowRules): Promise<Page> {
  const tip = await chain.tip();
  const nothing = { changes: [], cursor, hasMore: false };
  if (tip.isCatchingUp) return nothing;
  const { heights, skipped } = dueHeights(cursor?.height ?? -1, confirmedHeight(tip, rules.confirmations), rules, PAGE);
  if (heights.length === 0) return nothing;
  const blocks = await chain.above(cursor, heights);
  if (blocks === null) return { ...nothing, hasMore: true };
  const changes = blocks.map((block, index): Change => {
    return { type: 'connected', block, next: cursorAt(block), skipped: index === 0 ? skipped : 0 };
  });
  return { changes, cursor: cursorAt(blocks.at(-1)!), hasMore: heights.length === PAGE };
}

function confirmedHeight({ height }: Tip, confirmations: number): number {
  return height - confirmations + 1;
}

function cursorAt({ hash, height }: Block): Cursor {
  return { hash, height };
}
