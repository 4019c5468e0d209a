import type { Network } from '../src/chain/networks.ts';
import { BitqlError } from '../src/errors.ts';
import type { ChainStore } from '../src/store/store.ts';
import type { ChainWriter } from '../src/store/writer.ts';
import type { PlacedBlock } from './chain/placing.ts';
import type { Committer } from './commit.ts';
import type { IndexerLog } from './log.ts';
import type { PendingSet } from './mempool/pending-set.ts';
import type { ChainNode, FollowedNode } from './node/node.ts';
import type { Outputs } from './outputs/outputs.ts';
import type { StageClock } from './progress/stages.ts';

/** What all work on one index shares, as long as this process is its writer. */
export interface Indexing {
  readonly store: ChainStore;
  readonly node: ChainNode;
  /** The node as it runs; null where there are only blocks. */
  readonly live: FollowedNode | null;
  readonly network: Network;
  readonly writer: ChainWriter;
  readonly outputs: Outputs;
  readonly stages: StageClock;
  readonly pending: PendingSet;
  readonly committer: Committer;
  readonly log: IndexerLog;
  readonly signal: AbortSignal;
  /** Called when transactions have been written, behind the commit if there was one. */
  readonly onProgress: (transactions: number) => void;
}

/** Whether blocks below the indexed ones are still to be filled in. */
export function lacksHistory({ state }: ChainWriter): boolean {
  const lowest = state.coverage[0]?.[0];
  return lowest !== undefined && lowest > state.start;
}

/** Takes what became of blocks into the main chain's forks, which list only what is not fork 0. */
export function recordForks(blocks: readonly PlacedBlock[], forks: Record<number, number>): void {
  for (const { height, fork } of blocks) {
    if (fork === 0) delete forks[height];
    else forks[height] = fork;
  }
}

export function lacksOutputs({ hash }: PlacedBlock): never {
  throw new BitqlError(
    'NODE_REFUSED',
    `The node cannot tell what block ${hash} spends, which takes getblock with verbosity 3, REST spenttxouts, or ` +
      '-txindex: use such a node, or its block files (--blocks), or a new store without --from tip.',
  );
}

export function lostOutputs({ hash }: PlacedBlock): never {
  throw new BitqlError(
    'STORE_DAMAGED',
    `The store lacks an output that block ${hash} spends, though it holds the chain from the start: index into a new store.`,
  );
}
