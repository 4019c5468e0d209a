import { equalBytes, hashToHex } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { decodeBlock } from '../../src/store/blocks.ts';
import { decodeCommitNumber, encodeCommitNumber } from '../../src/store/commit-number.ts';
import type { RemovalReason } from '../../src/store/departures.ts';
import { type PendingRecord, pendingAt } from '../../src/store/pending.ts';
import { blockKey } from '../../src/store/position.ts';
import { arrivalsFor, outpointKey, positionsFor } from '../../src/store/postings.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { transactionsAt } from '../../src/store/transactions.ts';
import { parentsFirst } from './arrivals.ts';
import type { Changes, Removal } from './changes.ts';
import type { MempoolContext } from './context.ts';
import type { PendingEntry } from './pending-set.ts';

/** The input that decides which transactions are no longer pending, and why. */
interface MempoolComparison {
  /** The txids in the mempool. */
  readonly present: ReadonlySet<string>;
  /** The txids in the new blocks of the commit [none]. */
  readonly mined?: ReadonlySet<string>;
  /** The chain as it will be after the commit. */
  readonly chain: Snapshot;
  readonly isReorganisation: boolean;
}

/** Removes the pending transactions that are neither in the mempool nor in a block. */
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
    reported: hints.removals,
    otherwise: (entry) => ({ reason: reasonOf(entry), by: null }),
  });
  for (const { txid, entry, record, removal } of leaving) changes.depart(txid, entry, removal, record);
}

/** The reason for a departure if no other transaction is to blame and the node reported nothing. */
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

/** No node reports its clock. It is at least the last block's time, or close to ours. In seconds. */
async function nodeTime({ tip, state }: Snapshot, store: ChainStore): Promise<number> {
  const [value] = tip === null ? [] : await store.get('blocks', [blockKey(tip.height, state.forks[tip.height] ?? 0)]);
  return Math.max(Date.now() / 1_000, value == null ? 0 : decodeBlock(value).header.time);
}

interface DepartureContext {
  readonly store: ChainStore;
  readonly network: Network;
  /** The chain as it will be after the commit. */
  readonly chain: Snapshot;
  /** Whether a transaction will be pending after the commit. */
  readonly isPending: (txid: string) => boolean;
  /** The reason that the node reported, by txid. */
  readonly reported: ReadonlyMap<string, Removal>;
  /** The reason if no other transaction is to blame. */
  readonly otherwise: (entry: PendingEntry) => Removal;
}

/** A pending transaction that leaves, with its record and the reason. */
interface Leaving {
  readonly txid: string;
  readonly entry: PendingEntry;
  readonly record: PendingRecord;
  readonly removal: Removal;
}

/**
 * Why transactions are neither in the mempool nor in a block: a transaction in a block or in the mempool spends the
 * same output; or a parent left, which gives the same reason; or what the node reported.
 */
async function leavingOf(
  gone: readonly (readonly [txid: string, entry: PendingEntry])[],
  context: DepartureContext,
): Promise<Leaving[]> {
  const records = await pendingAt(
    context.store,
    gone.map(([, { arrival }]) => encodeCommitNumber(arrival)),
    context.network,
  );
  const found = new Map(gone.map(([txid, entry], i) => [txid, { entry, record: records[i]! }]));
  const removals = new Map<string, Removal>();
  const leaving: Leaving[] = [];
  for (const transaction of parentsFirst([...found.values()].map(({ record }) => record.transaction))) {
    const txid = hashToHex(transaction.txid);
    const { entry, record } = found.get(txid)!;
    const removal =
      (await spentElsewhere(transaction, context)) ??
      inherited(transaction, removals) ??
      context.reported.get(txid) ??
      context.otherwise(entry);
    removals.set(txid, removal);
    leaving.push({ txid, entry, record, removal });
  }
  return leaving;
}

/** Another transaction that spends an output of this one: in a block, or pending. */
export async function spentElsewhere(
  transaction: Transaction,
  { store, network, chain, isPending }: Pick<DepartureContext, 'store' | 'network' | 'chain' | 'isPending'>,
): Promise<Removal | null> {
  const keys = transaction.inputs.map(({ previousTxid, previousIndex }) => outpointKey(previousTxid, previousIndex));
  const inBlocks = (await positionsFor(store, 'spend', keys)).flat().filter((position) => chain.seesKey(position));
  for (const located of await transactionsAt(store, inBlocks, network)) {
    const by = located === null ? null : rivalOf(transaction, located.transaction);
    if (by !== null) return { reason: 'conflict', by };
  }
  // Rows of a writer that was cut off may lack pieces. Rows of this writer are whole, even if they only count with the
  // next commit.
  const isWhole = (arrival: Uint8Array) =>
    chain.seesKey(arrival) || decodeCommitNumber(arrival).epoch === chain.state.epoch;
  const arrivals = (await arrivalsFor(store, 'spend', keys)).flat().filter(isWhole);
  for (const record of await pendingAt(store, arrivals, network)) {
    const by = record === null ? null : rivalOf(transaction, record.transaction);
    if (by !== null && isPending(by)) return { reason: 'replaced', by };
  }
  return null;
}

/** The id of a candidate that really spends one of the same outputs: postings hold only a part of the key. */
function rivalOf(transaction: Transaction, candidate: Transaction): string | null {
  if (equalBytes(candidate.txid, transaction.txid)) return null;
  const shares = candidate.inputs.some((input) =>
    transaction.inputs.some(
      (own) => own.previousIndex === input.previousIndex && equalBytes(own.previousTxid, input.previousTxid),
    ),
  );
  return shares ? hashToHex(candidate.txid) : null;
}

/** The reason why a parent of a transaction left; null if none did. */
export function inherited({ inputs }: Transaction, removals: ReadonlyMap<string, Removal>): Removal | null {
  for (const { previousTxid } of inputs) {
    const removal = removals.get(hashToHex(previousTxid));
    if (removal !== undefined) return removal;
  }
  return null;
}
