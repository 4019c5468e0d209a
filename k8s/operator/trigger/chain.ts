import type { Block, Cursor } from './block.ts';

/** The end of a node's main chain. */
export interface Tip extends Cursor {
  /** Whether the node is still fetching a chain that is there already. */
  readonly isCatchingUp: boolean;
}

/** What is asked of a node. Between two calls, its chain may change. */
export interface Chain {
  tip(): Promise<Tip>;
  /** A block, of the main chain or not; null for one that the node does not know. */
  block(hash: string): Promise<{ readonly block: Block; readonly isMain: boolean } | null>;
  /** Which of some blocks the node knows as ones that are not on the main chain. */
  stale(hashes: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * The blocks of the main chain at these heights, which lie above the cursor's. Null where the chain changed meanwhile, or is not
   * that of the cursor: then they may be blocks of several chains.
   */
  above(cursor: Cursor | null, heights: readonly number[]): Promise<readonly Block[] | null>;
}
