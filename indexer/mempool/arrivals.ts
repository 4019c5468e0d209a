import { hashToHex, mapKey } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { type Transaction, transactionFromBytes } from '../../src/chain/transaction.ts';
import { type CommitNumber, encodeCommitNumber } from '../../src/store/commit-number.ts';
import { pendingAt } from '../../src/store/pending.ts';
import type { BlockRef } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { FollowedNode } from '../node/node.ts';
import type { OutputFinder } from '../outputs/output-finder.ts';
import { isComplete, type SpentOutputs } from '../outputs/spent-outputs.ts';
import type { Unconfirmed } from '../rows/pending-rows.ts';
import type { Changes } from './changes.ts';
import type { MempoolContext } from './context.ts';

interface AdmitOptions {
  /** Whether all parents are known or in the same set; else a transaction with an unknown parent is left out. */
  readonly isWhole: boolean;
  /** The most changes in one commit [no bound]. */
  readonly most?: number;
  /**
   * A block that must still be on the node's chain: otherwise its pending transactions may be in the index's blocks.
   */
  readonly tip: BlockRef | null;
}

/** Transactions in one request to the node. */
const ASKED_AT_ONCE = 250;

/**
 * Admits transactions that are still in the mempool, and removes them from `coming`.
 * @returns false if one was left out, or the node has left the index's chain
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
    // Their parents may have just arrived.
    await changes.flush();
    for (const unconfirmed of await unconfirmedOf(arrivals, sources)) {
      if (isWhole || !unconfirmed.spent.includes(null)) await changes.arrive(unconfirmed);
      else areAllIn = false;
    }
  }
  return areAllIn;
}

/** Whether all of them are in the mempool. */
export async function areAllPresent(txids: readonly string[], node: FollowedNode): Promise<boolean> {
  for (let first = 0; first < txids.length; first += ASKED_AT_ONCE) {
    const answers = await node.mempoolTransactions(txids.slice(first, first + ASKED_AT_ONCE));
    if (answers.includes(null)) return false;
  }
  return true;
}

interface ArrivalSources {
  readonly store: ChainStore;
  readonly node: FollowedNode;
  readonly network: Network;
  readonly outputFinder: OutputFinder;
  /** The arrival of a pending transaction, including those of the current commit. */
  readonly arrivalOf: (txid: string) => CommitNumber | undefined;
}

/** A parsed transaction of the mempool. */
interface Arrival {
  readonly transaction: Transaction;
  /** In seconds since 1970. */
  readonly firstSeen: number;
}

/**
 * Takes some transactions out of the coming ones, together with all their parents there: whatever their order, none is
 * taken without its parents.
 * @param coming txids; those that are taken, or have left the mempool, are removed
 */
async function takeFamilies(
  coming: Set<string>,
  most: number,
  { node, network }: Pick<ArrivalSources, 'node' | 'network'>,
): Promise<Arrival[]> {
  const taken: Arrival[] = [];
  let wanted = [...coming].slice(0, most);
  while (wanted.length > 0) {
    for (const txid of wanted) coming.delete(txid);
    const found = (await node.mempoolTransactions(wanted)).filter((answer) => answer !== null);
    const arrivals = found.map(({ raw, time }) => ({
      transaction: transactionFromBytes(raw, network),
      firstSeen: time,
    }));
    taken.push(...arrivals);
    const parents = arrivals.flatMap(({ transaction }) =>
      transaction.inputs.map(({ previousTxid }) => hashToHex(previousTxid)),
    );
    wanted = [...new Set(parents.filter((txid) => coming.has(txid)))];
  }
  return taken;
}

/** Arrivals with the outputs that each spends, parents before their children. */
async function unconfirmedOf(arrivals: readonly Arrival[], sources: ArrivalSources): Promise<Unconfirmed[]> {
  const times = new Map(arrivals.map(({ transaction, firstSeen }) => [transaction, firstSeen]));
  const transactions = parentsFirst([...times.keys()]);
  const spent = await spentBy(transactions, sources);
  return transactions.map((transaction, i) => ({
    transaction,
    spent: spent[i]!,
    firstSeen: times.get(transaction)!,
  }));
}

/** The outputs that transactions spend; null for unknown ones. */
async function spentBy(transactions: readonly Transaction[], sources: ArrivalSources): Promise<SpentOutputs> {
  const { outputFinder, store, network, node } = sources;
  const part = { transactions };
  const spent = outputFinder.recent(part);
  await outputFinder.search(transactions, part, spent);
  const parents = pendingParents(transactions, spent, sources);
  for (const parent of await pendingAt(store, parents, network)) {
    if (parent !== null) await outputFinder.search([parent.transaction], part, spent);
  }
  if (!isComplete(spent)) await outputFinder.lookUp(part, spent);
  if (!isComplete(spent)) await askNode(transactions, spent, node);
  return spent;
}

function pendingParents(
  transactions: readonly Transaction[],
  spent: SpentOutputs,
  { arrivalOf }: ArrivalSources,
): Uint8Array[] {
  const arrivals = new Map<string, Uint8Array>();
  for (const { transaction, input } of unknownInputs(transactions, spent)) {
    const txid = hashToHex(transaction.inputs[input]!.previousTxid);
    const arrival = arrivalOf(txid);
    if (arrival !== undefined) arrivals.set(txid, encodeCommitNumber(arrival));
  }
  return [...arrivals.values()];
}

async function askNode(transactions: readonly Transaction[], spent: SpentOutputs, node: FollowedNode): Promise<void> {
  const unknown = [...unknownInputs(transactions, spent)];
  const found = await node.unspentOutputs(
    unknown.map(({ transaction, input }) => {
      const { previousTxid, previousIndex } = transaction.inputs[input]!;
      return { txid: hashToHex(previousTxid), index: previousIndex };
    }),
  );
  for (const [i, { at, input }] of unknown.entries()) spent[at]![input] = found[i] ?? null;
}

function* unknownInputs(
  transactions: readonly Transaction[],
  spent: SpentOutputs,
): Iterable<{ transaction: Transaction; at: number; input: number }> {
  for (const [at, transaction] of transactions.entries()) {
    for (const [input, output] of spent[at]!.entries()) if (output === null) yield { transaction, at, input };
  }
}

/** The same transactions, each after those that it spends from. */
export function parentsFirst(transactions: readonly Transaction[]): Transaction[] {
  const byTxid = new Map(transactions.map((transaction) => [mapKey(transaction.txid), transaction]));
  const ordered: Transaction[] = [];
  // A chain may have thousands of links, so there is no recursion.
  const waiting = [...transactions].reverse();
  while (waiting.length > 0) {
    const next = waiting.at(-1)!;
    const parents = byTxid.has(mapKey(next.txid)) ? parentsIn(next, byTxid) : [];
    byTxid.delete(mapKey(next.txid));
    for (const parent of parents) waiting.push(parent);
    if (parents.length === 0) {
      waiting.pop();
      ordered.push(next);
    }
  }
  return [...new Set(ordered)];
}

/** There may be a hundred thousand inputs, most of which spend from the same one. */
function parentsIn({ inputs }: Transaction, byTxid: ReadonlyMap<string, Transaction>): Transaction[] {
  return inputs.map(({ previousTxid }) => byTxid.get(mapKey(previousTxid))).filter((parent) => parent !== undefined);
}
