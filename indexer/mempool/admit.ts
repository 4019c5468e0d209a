import type { BlockRef } from '../../src/store/state.ts';
import type { FollowedNode } from '../node/node.ts';
import { takeFamilies, unconfirmedOf } from './arrivals.ts';
import type { Changes } from './changes.ts';
import type { MempoolContext } from './context.ts';

export interface AdmitOptions {
  /** Whether all that they depend on is known or among them; else one that spends what nobody knows is left out. */
  readonly isWhole: boolean;
  /** Changes that one commit may have [no bound]. */
  readonly most?: number;
  /** A block that the node must still have on its chain: else what it has pending may be in the index's blocks. */
  readonly tip: BlockRef | null;
}

/** Transactions that the node is asked for at once. */
const ASKED_AT_ONCE = 250;

/**
 * Takes in transactions of the mempool, as far as they are there, and out of those that are to come.
 * @returns false where one was left out, or the node has left the index's chain
 */
export async function admit(
  coming: Set<string>,
  { isWhole, most = Number.POSITIVE_INFINITY, tip }: AdmitOptions,
  changes: Changes,
  context: MempoolContext,
): Promise<boolean> {
  const { node } = context;
  if (node === null) return true;
  const sources = { ...context, node, arrivalOf: (txid: string) => changes.arrivalOf(txid) };
  let areAllIn = true;
  while (coming.size > 0 && changes.size < most) {
    const arrivals = await takeFamilies(coming, ASKED_AT_ONCE, sources);
    if (tip !== null && (await node.blockHash(tip.height)) !== tip.hash) return false;
    // Their parents may be among those that have just arrived.
    await changes.flush();
    for (const unconfirmed of await unconfirmedOf(arrivals, sources)) {
      if (isWhole || !unconfirmed.spent.includes(null)) await changes.arrive(unconfirmed);
      else areAllIn = false;
    }
  }
  return areAllIn;
}

/** Whether the mempool holds all of them. */
export async function areAllPresent(txids: readonly string[], node: FollowedNode): Promise<boolean> {
  for (let first = 0; first < txids.length; first += ASKED_AT_ONCE) {
    const answers = await node.mempoolTransactions(txids.slice(first, first + ASKED_AT_ONCE));
    if (answers.includes(null)) return false;
  }
  return true;
}
