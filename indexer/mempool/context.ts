import type { Network } from '../../src/chain/networks.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import type { FollowedNode } from '../node/node.ts';
import type { OutputFinder } from '../outputs/output-finder.ts';
import type { PendingSet } from './pending-set.ts';
import type { TransactionHints } from './transaction-hints.ts';

/** What it takes to work out how a commit changes what is pending. */
export interface MempoolContext {
  readonly store: ChainStore;
  readonly network: Network;
  readonly writer: ChainWriter;
  readonly outputFinder: OutputFinder;
  /** Null where blocks come from files alone. */
  readonly node: FollowedNode | null;
  readonly set: PendingSet;
  readonly hints: TransactionHints;
  /** How long the node keeps a transaction that no block takes, in seconds. */
  readonly expirySeconds: number;
}

/** What the mempool holds, if the node is at that block. */
export async function mempoolAt(hash: string, node: FollowedNode | null): Promise<Set<string> | null> {
  const mempool = (await node?.mempool()) ?? null;
  return mempool !== null && mempool.tip === hash ? new Set(mempool.txids) : null;
}
