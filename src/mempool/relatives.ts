import { equalBytes, mapKey } from '../chain/bytes.ts';
import { BitqlError } from '../errors.ts';
import { pendingPage, pendingWith } from '../query/pending-postings.ts';
import type { ChainReader } from '../query/reader.ts';
import type { TransactionView } from '../query/transaction-view.ts';
import type { Budget } from '../query/work.ts';
import { decodeCommitNumber, isArrival } from '../store/commit-number.ts';
import { outpointKey, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';
import { hasTxid } from '../store/transactions.ts';
import { divideCluster } from './chunks.ts';
import { PoolTransaction } from './pool-transaction.ts';

/** Unconfirmed transactions that one spends from, or that spend from it, directly or through others. */
export interface Relatives {
  readonly transactions: readonly TransactionView[];
  readonly count: number;
  /** The sum of their virtual sizes. */
  readonly virtualSize: number;
  /** The sum of their fees in satoshis; null if one is not known. */
  readonly fees: number | null;
}

/** What is needed to find them. */
export interface RelativesContext {
  readonly reader: ChainReader;
  readonly budget: Budget;
}

/** The most relatives of one transaction. Nodes of BTC allow far fewer; others may allow more. */
const MOST_RELATIVES = 1_000;
/** What a look at a relative costs beside reading it, in points. */
const POINTS_OF_RELATIVE = 2;
/** Inputs, or postings, that are read together. */
const STRETCH = 256;
/** BIP 125: an input with a sequence number up to this signals that the transaction may be replaced. */
const HIGHEST_REPLACEABLE_SEQUENCE = 0xffff_fffd;

/** Whether a transaction is unconfirmed and in the mempool. */
export function isPending({ position, departure }: Pick<TransactionView, 'position' | 'departure'>): boolean {
  return isArrival(position) && departure === null;
}

/** The unconfirmed ancestors of a pending transaction, the nearest first. @throws BUDGET_EXCEEDED if there are too many */
export async function ancestorsOf(transaction: TransactionView, context: RelativesContext): Promise<Relatives> {
  return relatives(transaction, (one) => parentsOf(one, context));
}

/** The unconfirmed descendants of a pending transaction, the nearest first. @throws BUDGET_EXCEEDED if there are too many */
export async function descendantsOf(transaction: TransactionView, context: RelativesContext): Promise<Relatives> {
  return relatives(transaction, (one) => childrenOf(one, context));
}

/**
 * The fee rate that a miner sees who takes transactions together with those that they spend from and that pay for them: that of its
 * chunk, in satoshis for a virtual byte. Null if a fee is not known.
 * @throws BUDGET_EXCEEDED if its cluster is too large
 */
export async function effectiveFeeRateOf(
  transaction: TransactionView,
  context: RelativesContext,
): Promise<number | null> {
  const links = new Map<TransactionView, readonly TransactionView[]>();
  const members = await reachable(transaction, async (one) => {
    const [parents, children] = await Promise.all([parentsOf(one, context), childrenOf(one, context)]);
    links.set(one, parents);
    return [...parents, ...children];
  });
  const cluster = new Map([...members].map(([id, view]) => [id, poolTransactionOf(view)]));
  const inCluster = (view: TransactionView) => cluster.get(mapKey(view.position))!;
  for (const [one, parents] of links) for (const parent of parents) inCluster(one).spendFrom(inCluster(parent));
  const own = inCluster(transaction);
  return divideCluster(cluster.values()).find(({ transactions }) => transactions.includes(own))?.feeRate ?? null;
}

/**
 * Whether another transaction may replace it by the rule of BIP 125: it signals that, or one of its ancestors does. Null on
 * networks without that rule.
 * @throws BUDGET_EXCEEDED if it has too many ancestors
 */
export async function isReplaceable(transaction: TransactionView, context: RelativesContext): Promise<boolean | null> {
  if (context.reader.network.currency !== 'BTC') return null;
  if (signals(transaction)) return true;
  return (await ancestorsOf(transaction, context)).transactions.some(signals);
}

function signals({ transaction }: TransactionView): boolean {
  return transaction.inputs.some(({ sequence }) => sequence <= HIGHEST_REPLACEABLE_SEQUENCE);
}

function poolTransactionOf({ position, weight, fee }: TransactionView): PoolTransaction {
  return new PoolTransaction({ arrival: decodeCommitNumber(position), weight, fee });
}

type Next = (one: TransactionView) => Promise<readonly TransactionView[]>;

async function relatives(transaction: TransactionView, next: Next): Promise<Relatives> {
  const [, ...transactions] = (await reachable(transaction, next)).values();
  let virtualSize = 0;
  let fees: number | null = 0;
  for (const one of transactions) {
    virtualSize += one.virtualSize;
    fees = fees === null || one.fee === null ? null : fees + one.fee;
  }
  return { transactions, count: transactions.length, virtualSize, fees };
}

/** All transactions that are reached from one, by their arrivals, itself first; those of one distance are read together. */
async function reachable(start: TransactionView, next: Next): Promise<Map<string, TransactionView>> {
  const found = new Map([[mapKey(start.position), start]]);
  for (let latest = [start]; latest.length > 0; ) {
    const reached = (await Promise.all(latest.map(next))).flat();
    latest = [];
    for (const one of reached) {
      const id = mapKey(one.position);
      if (found.has(id)) continue;
      found.set(id, one);
      latest.push(one);
    }
    if (found.size > MOST_RELATIVES + 1) throw tooMany();
  }
  return found;
}

/** The pending transactions that one spends from. */
async function parentsOf({ transaction }: TransactionView, context: RelativesContext): Promise<TransactionView[]> {
  const txids = new Map(transaction.inputs.map(({ previousTxid }) => [mapKey(previousTxid), previousTxid]));
  const { store, snapshot } = context.reader;
  const parents: TransactionView[] = [];
  for (const some of stretches([...txids.values()])) {
    charge(context, some.length);
    const found = await Promise.all(
      some.map(async (txid) => {
        const views = await viewsAt(await pendingWith(store, snapshot, 'txid', txid), context);
        return views.find((view) => hasTxid(view, txid));
      }),
    );
    parents.push(...found.filter((view) => view !== undefined));
  }
  return parents;
}

/** The pending transactions that spend from one. */
async function childrenOf({ transaction }: TransactionView, context: RelativesContext): Promise<TransactionView[]> {
  const { txid, outputCount } = transaction;
  const { store, snapshot } = context.reader;
  const range = {
    min: postingRange(postingPrefix('spend', outpointKey(txid, 0))).min,
    max: postingRange(postingPrefix('spend', outpointKey(txid, outputCount - 1))).max,
  };
  const children = new Map<string, TransactionView>();
  for (let from: Uint8Array | null = range.min; from !== null; ) {
    charge(context, 1);
    const { rows, end } = await pendingPage(store, snapshot, { ...range, min: from }, { limit: STRETCH });
    const arrivals = new Map(rows.map(({ key }) => [mapKey(positionOf(key)), positionOf(key)]));
    for (const view of await viewsAt([...arrivals.values()], context)) {
      // Keys of postings hold only the first half of the id.
      const isChild = view.transaction.inputs.some(({ previousTxid }) => equalBytes(previousTxid, txid));
      if (isChild) children.set(mapKey(view.position), view);
    }
    if (children.size > MOST_RELATIVES) throw tooMany();
    from = end === null ? null : successor(end);
  }
  return [...children.values()];
}

async function viewsAt(arrivals: readonly Uint8Array[], context: RelativesContext): Promise<TransactionView[]> {
  charge(context, arrivals.length);
  const views = await Promise.all(arrivals.map((arrival) => context.reader.transactionAt(arrival)));
  const found = views.filter((view) => view !== null);
  for (const { transaction } of found) context.budget.spend(0, transaction.bytes.length);
  return found;
}

/** What was read already is linked, compared and added up again, for each field that asks. */
function charge({ budget, reader }: RelativesContext, rows: number): void {
  if (budget.exhausted) {
    throw new BitqlError(
      'BUDGET_EXCEEDED',
      'The request has examined the maximum number of rows: ask for the relatives of fewer transactions.',
    );
  }
  budget.spend(rows);
  reader.work.add(rows * POINTS_OF_RELATIVE);
}

function* stretches<T>(items: readonly T[]): Iterable<readonly T[]> {
  for (let from = 0; from < items.length; from += STRETCH) yield items.slice(from, from + STRETCH);
}

function tooMany(): BitqlError {
  return new BitqlError(
    'BUDGET_EXCEEDED',
    `More than ${MOST_RELATIVES} unconfirmed transactions depend on each other here: ask for one in the middle, or follow ` +
      '`inputs { previousTransaction }` and `outputs { spentBy }` step by step.',
  );
}
