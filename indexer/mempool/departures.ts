import { equalBytes, hashToHex } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { decodeCommitNumber, encodeCommitNumber } from '../../src/store/commit-number.ts';
import { type PendingRecord, pendingAt } from '../../src/store/pending.ts';
import { arrivalsFor, outpointKey, positionsFor } from '../../src/store/postings.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { transactionsAt } from '../../src/store/transactions.ts';
import { parentsFirst } from './arrivals.ts';
import type { Removal } from './changes.ts';
import type { PendingEntry } from './pending-set.ts';

export interface DepartureContext {
  readonly store: ChainStore;
  readonly network: Network;
  /** The chain as it will be behind the commit. */
  readonly chain: Snapshot;
  /** Whether a transaction will be pending behind the commit. */
  readonly isPending: (txid: string) => boolean;
  /** What the node itself said of it, by txid. */
  readonly told: ReadonlyMap<string, Removal>;
  /** What to say where no other transaction is to blame. */
  readonly otherwise: (entry: PendingEntry) => Removal;
}

/** A pending transaction that goes, and what is known of it. */
export interface Leaving {
  readonly txid: string;
  readonly entry: PendingEntry;
  readonly record: PendingRecord;
  readonly removal: Removal;
}

/**
 * Why transactions are neither in the mempool nor in a block: one in a block, or in the mempool, spends what they spend; or
 * what they depend on goes, for that one's reason; or as the node said.
 */
export async function leavingOf(
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
      context.told.get(txid) ??
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
  // What a writer left that was cut off may lack pieces; what this one has written is whole, and may count only with the next commit.
  const isWhole = (arrival: Uint8Array) =>
    chain.seesKey(arrival) || decodeCommitNumber(arrival).epoch === chain.state.epoch;
  const arrivals = (await arrivalsFor(store, 'spend', keys)).flat().filter(isWhole);
  for (const record of await pendingAt(store, arrivals, network)) {
    const by = record === null ? null : rivalOf(transaction, record.transaction);
    if (by !== null && isPending(by)) return { reason: 'replaced', by };
  }
  return null;
}

/** The id of a candidate that really spends one of the same outputs: postings hold only a part of it. */
function rivalOf(transaction: Transaction, candidate: Transaction): string | null {
  if (equalBytes(candidate.txid, transaction.txid)) return null;
  const shares = candidate.inputs.some((input) =>
    transaction.inputs.some(
      (own) => own.previousIndex === input.previousIndex && equalBytes(own.previousTxid, input.previousTxid),
    ),
  );
  return shares ? hashToHex(candidate.txid) : null;
}

/** Why one of those that a transaction spends from went; null where none did. */
export function inherited({ inputs }: Transaction, removals: ReadonlyMap<string, Removal>): Removal | null {
  for (const { previousTxid } of inputs) {
    const removal = removals.get(hashToHex(previousTxid));
    if (removal !== undefined) return removal;
  }
  return null;
}
