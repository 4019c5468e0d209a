import { BitqlError } from '../../src/errors.ts';
import { toSatoshis } from '../amount.ts';
import { incrementalRate, payingRate, paymentAtRate } from '../fees.ts';
import { isMiners } from '../own-transaction.ts';
import type { Tools } from '../tools.ts';
import { victimOf } from '../victim.ts';

/** A pending transaction that another one took the place of, which pays more. */
export interface Replaced {
  readonly txid: string;
  readonly by: string;
  /** What the new one pays, in satoshis. */
  readonly fee: number;
  /** What the old one paid and what depended on it, in satoshis. */
  readonly replacedFees: number;
  /** What depended on it, and is gone too. */
  readonly alsoGone: readonly string[];
  /** Whether it was sent just now, as nothing was pending. */
  readonly sentFirst: boolean;
  /** Hashes of empty blocks that had to be mined first, for a coin to spend. */
  readonly minedFirst: readonly string[];
}

/** A replacement has to offer a better rate than each that it replaces, and pay for all of them (BIP125). */
const BETTER = 2;

/** Replaces a pending transaction by one that pays the same to others, and a higher fee from its change. */
export async function replace(tools: Tools, wanted?: string): Promise<Replaced> {
  const { calls, sequences } = tools;
  const { txid, coins, inputCount, outputs, sentFirst, minedFirst } = await victimOf(tools, wanted);
  if (coins.length < inputCount) {
    throw new BitqlError('BAD_SETTING', `${txid} also spends coins of others, so it cannot be replaced here.`);
  }
  const alsoGone = await calls.descendants(txid);
  const entries = await Promise.all([txid, ...alsoGone].map((gone) => calls.mempoolEntry(gone)));
  const replaced = entries.flatMap((entry) => (entry === null ? [] : [{ ...entry, fee: toSatoshis(entry.fees.base) }]));
  const replacedFees = replaced.reduce((sum, { fee }) => sum + fee, 0);
  const rate = Math.max(await payingRate(calls), ...replaced.map(({ fee, vsize }) => (BETTER * fee) / vsize));
  const options = { outputs: outputs.filter((output) => !isMiners(output)), sequence: sequences.next() };
  const increment = Math.ceil(BETTER * replaced[0]!.vsize * incrementalRate(await calls.mempoolInfo()));
  const { txid: by, hex, fee } = paymentAtRate(coins, rate, options, replacedFees + increment);
  await calls.send(hex);
  return { txid, by, fee, replacedFees, alsoGone, sentFirst, minedFirst };
}
