import { setTimeout as sleep } from 'node:timers/promises';
import type { BuiltTransaction } from '../../dev/transaction-builder.ts';
import { Crowd, DIFFERENT, members, SAME, TOLD, wishOf } from './crowd.ts';
import type { Sender } from './sender.ts';
import type { Served, Site } from './site.ts';

/** When the first and the last of ten subscribers received it, in milliseconds since `sendrawtransaction` was called. */
export interface Telling {
  readonly first: number;
  readonly last: number;
}

/** The results of one crowd. */
export interface Told {
  /** To ten subscriptions that differ. */
  readonly different: readonly Telling[];
  /** To ten that are the same. */
  readonly same: readonly Telling[];
  /** The processor time of its gateway meanwhile, for each of both, in milliseconds. */
  readonly processorMs: number;
}

export type Sort = 'different' | 'same';

export interface FanOutOptions {
  readonly sender: Sender;
  readonly site: Site;
  /** Of each crowd. */
  readonly sizes: readonly number[];
  readonly perConnection: number;
  /** Transactions of each sort, at random intervals with this mean. */
  readonly transactions: number;
  readonly meanMs: number;
}

const WARM_UP = 20;
const SORTS = {
  different: { outputs: DIFFERENT.map(({ output }) => output), told: members(0, TOLD) },
  same: { outputs: [SAME.output], told: members(TOLD, 2 * TOLD) },
};
/** By then, a superfluous event would have arrived. */
const SETTLE_MS = 500;
/** The number of subscribers that one transaction of the roll call concerns, and the fee of such a long one. */
const CALLED_AT_ONCE = 500;
const ROLL_CALL_FEE = 100_000;

/** The number of transactions in the roll call of crowds. */
function rollCallLength(sizes: readonly number[]): number {
  return Math.ceil(Math.max(...sizes) / CALLED_AT_ONCE);
}

/** How many transactions {@link measureFanOut} sends. */
export function fanOutTransactions({ transactions, sizes }: Pick<FanOutOptions, 'transactions' | 'sizes'>): number {
  return 2 * (WARM_UP + transactions) + rollCallLength(sizes);
}

/**
 * Sends the same transactions to crowds of several sizes at the same time, each at a gateway of its own, so that
 * nothing differs but their size.
 * @returns of each crowd
 */
export async function measureFanOut(options: FanOutOptions): Promise<Told[]> {
  const { sender, site, sizes, perConnection, transactions, meanMs } = options;
  await using resources = new AsyncDisposableStack();
  const gateways: Served[] = [];
  const crowds: Crowd[] = [];
  for (const size of sizes) {
    const gateway = await site.serve();
    resources.defer(() => gateway.stop());
    gateways.push(gateway);
    crowds.push(resources.use(await Crowd.gather(gateway.url, size, perConnection)));
  }
  const tellBoth = async (waitMs: number) => ({
    different: await tell(sender, crowds, 'different', waitMs),
    same: await tell(sender, crowds, 'same', waitMs),
  });
  for (let n = 0; n < WARM_UP; n++) await tellBoth(0);
  const before = gateways.map((gateway) => gateway.processorMs());
  const tellings: Record<Sort, Telling[]>[] = [];
  for (let n = 0; n < transactions; n++) tellings.push(await tellBoth(meanMs));
  const after = gateways.map((gateway) => gateway.processorMs());
  await callRoll(sender, crowds);
  await sleep(SETTLE_MS);
  for (const crowd of crowds) crowd.check();
  return crowds.map((_, i) => ({
    different: tellings.map(({ different }) => different[i]!),
    same: tellings.map(({ same }) => same[i]!),
    processorMs: (after[i]! - before[i]!) / (2 * transactions),
  }));
}

/** @returns of each crowd */
async function tell(sender: Sender, crowds: readonly Crowd[], sort: Sort, meanMs: number): Promise<Telling[]> {
  const { outputs, told } = SORTS[sort];
  const transaction = sender.make({ outputs });
  await sender.pause(meanMs);
  return send(transaction, sender, crowds, () => told);
}

/** Each member that receives nothing else receives one event, which proves that it could have received others. */
async function callRoll(sender: Sender, crowds: readonly Crowd[]): Promise<void> {
  const most = Math.max(...crowds.map(({ size }) => size));
  for (let first = 2 * TOLD; first < most; first += CALLED_AT_ONCE) {
    const called = members(first, Math.min(first + CALLED_AT_ONCE, most));
    const outputs = called.map((member) => wishOf(member).output);
    const concerned = crowds.filter(({ size }) => size > first);
    const transaction = sender.make({ outputs, fee: ROLL_CALL_FEE });
    await send(transaction, sender, concerned, ({ size }) => called.filter((member) => member < size));
  }
}

async function send(
  transaction: BuiltTransaction,
  sender: Sender,
  crowds: readonly Crowd[],
  toldOf: (crowd: Crowd) => readonly number[],
): Promise<Telling[]> {
  const expected = crowds.map((crowd) => crowd.expect(transaction.txid, toldOf(crowd)));
  const times = await sender.send(transaction, expected.flat());
  return crowds.map((_, i) => ({ first: times[2 * i]!, last: times[2 * i + 1]! }));
}
