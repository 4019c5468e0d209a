import { BitqlError } from '../../src/errors.ts';
import { toSatoshis } from '../core-calls.ts';
import { incrementalRate, payingRate, paymentAtRate } from '../payment.ts';
import type { Tools } from './tools.ts';
import { type GoneTransaction, isMiners, victimOf } from './victim.ts';

/** A pending transaction whose coins a transaction in a block spent. */
export interface DoubleSpent extends GoneTransaction {
  /** The transaction in the block. */
  readonly by: string;
  readonly block: string;
}

/** Mines another transaction that spends the same coins. Besides it, the block has only the transactions that these coins depend on. */
export async function doubleSpend(tools: Tools, wanted?: string): Promise<DoubleSpent> {
  const { calls, sequences } = tools;
  const { txid, coins, sentFirst, minedFirst } = await victimOf(tools, wanted);
  const [alsoGone, ancestors] = await Promise.all([calls.descendants(txid), calls.ancestors(txid)]);
  const rival = paymentAtRate(coins, await payingRate(calls), { sequence: sequences.next() });
  const block = await calls.mineBlock([...ancestors, rival.hex]);
  return { txid, by: rival.txid, block, alsoGone, sentFirst, minedFirst };
}

/** A pending transaction that was replaced by one that pays more. */
export interface Replaced extends GoneTransaction {
  readonly by: string;
  /** Fee of the new transaction, in satoshis. */
  readonly fee: number;
  /** Fees of the old transaction and of those that depended on it, in satoshis. */
  readonly replacedFees: number;
}

/** A replacement must offer a better rate than each transaction that it replaces, and pay for all of them (BIP125). */
const BETTER = 2;

/** Replaces a pending transaction by one that pays others the same, and a higher fee from its change. */
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
