import type { BlockRef } from '../../src/store/state.ts';
import type { Commit } from '../../src/store/writer.ts';
import type { StoredBlock } from './stored-blocks.ts';

/** The main chain as a commit leaves it. */
export interface MainChain {
  readonly tip: BlockRef;
  readonly forks: NonNullable<Commit['forks']>;
  readonly coverage: NonNullable<Commit['coverage']>;
}

/** A change of the main chain that one commit makes: new blocks, a reorganisation, or blocks that are only taken back. */
export interface ChainChange {
  readonly after: MainChain;
  /** The blocks that it takes off, the highest first. */
  readonly disconnected: readonly StoredBlock[];
  /** The blocks that it brings, the lowest first. */
  readonly connected: readonly StoredBlock[];
  /** Whether the node was at the new tip a moment ago. */
  readonly isNodeTip: boolean;
  /** Whether the ones that it brings do not follow those that stay: then the log of events cannot tell, and begins anew. */
  readonly hasGap?: boolean;
}
