import { payingRate, paymentAtRate } from '../fees.ts';
import type { Tools } from '../tools.ts';
import { victimOf } from '../victim.ts';

/** A pending transaction that lost its coins to one in a block. */
export interface DoubleSpent {
  readonly txid: string;
  /** The one in the block. */
  readonly by: string;
  readonly block: string;
  /** What depended on it, and is gone too. */
  readonly alsoGone: readonly string[];
  /** Whether it was sent just now, as nothing was pending. */
  readonly sentFirst: boolean;
  /** Hashes of empty blocks that had to be mined first, for a coin to spend. */
  readonly minedFirst: readonly string[];
}

/** Mines another transaction that spends the same coins: with it, a block holds nothing but what these coins depend on. */
export async function doubleSpend(tools: Tools, wanted?: string): Promise<DoubleSpent> {
  const { calls, sequences } = tools;
  const { txid, coins, sentFirst, minedFirst } = await victimOf(tools, wanted);
  const [alsoGone, ancestors] = await Promise.all([calls.descendants(txid), calls.ancestors(txid)]);
  const rival = paymentAtRate(coins, await payingRate(calls), { sequence: sequences.next() });
  const block = await calls.mineBlock([...ancestors, rival.hex]);
  return { txid, by: rival.txid, block, alsoGone, sentFirst, minedFirst };
}
