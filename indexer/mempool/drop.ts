import { decodeBlock } from '../../src/store/blocks.ts';
import type { RemovalReason } from '../../src/store/departures.ts';
import { blockKey } from '../../src/store/position.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { Changes } from './changes.ts';
import type { MempoolContext } from './context.ts';
import { leavingOf } from './departures.ts';
import type { PendingEntry } from './pending-set.ts';

/** What decides which transactions are no longer pending, and why. */
export interface MempoolComparison {
  /** What the mempool holds. */
  readonly present: ReadonlySet<string>;
  /** What the new blocks of the commit hold [nothing]. */
  readonly mined?: ReadonlySet<string>;
  /** The chain as it will be behind the commit. */
  readonly chain: Snapshot;
  readonly isReorganisation: boolean;
}

/** What is pending here, but not in the mempool, and not in a block, goes. */
export async function drop(comparison: MempoolComparison, changes: Changes, context: MempoolContext): Promise<void> {
  const { set, hints, store, network } = context;
  const { present, mined, chain } = comparison;
  const gone = new Set([...set.txids()].filter((txid) => !present.has(txid) && mined?.has(txid) !== true));
  if (gone.size === 0) return;
  await changes.flush();
  const reasonOf = await reasons(comparison, context);
  const entries = [...gone].map((txid) => [txid, set.get(txid)!] as const);
  const leaving = await leavingOf(entries, {
    store,
    network,
    chain,
    isPending: (txid) => changes.arrivalOf(txid) !== undefined && !gone.has(txid),
    told: hints.removals,
    otherwise: (entry) => ({ reason: reasonOf(entry), by: null }),
  });
  for (const { txid, entry, record, removal } of leaving) changes.depart(txid, entry, removal, record);
}

/** Why a transaction went where no other one is to blame, and the node said nothing. */
async function reasons(
  { chain, isReorganisation }: MempoolComparison,
  { node, store, expirySeconds }: MempoolContext,
): Promise<(entry: PendingEntry) => RemovalReason> {
  const isFull = (await node?.isMempoolFull()) ?? false;
  const now = await nodeTime(chain, store);
  return ({ firstSeen }) => {
    if (isReorganisation) return 'reorganised';
    if (now - firstSeen >= expirySeconds) return 'expired';
    return isFull ? 'evicted' : 'unknown';
  };
}

/** No node tells its clock; it is at the last block's time at least, or near ours. In seconds. */
async function nodeTime({ tip, state }: Snapshot, store: ChainStore): Promise<number> {
  const [value] = tip === null ? [] : await store.get('blocks', [blockKey(tip.height, state.forks[tip.height] ?? 0)]);
  return Math.max(Date.now() / 1_000, value == null ? 0 : decodeBlock(value).header.time);
}
