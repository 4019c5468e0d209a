import { hashToHex } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { feeOf } from '../../src/chain/transaction.ts';
import { type CommitNumber, compareCommitNumbers, decodeCommitNumber } from '../../src/store/commit-number.ts';
import { departuresOf } from '../../src/store/departures.ts';
import { EVERY_ARRIVAL, readPending } from '../../src/store/pending.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainState } from '../../src/store/state.ts';
import type { ChainStore, Row } from '../../src/store/store.ts';
import type { Departed } from './departed.ts';
import { PendingSet } from './pending-set.ts';
import type { SweptRows } from './swept-rows.ts';

const PAGE = 1_000;

/** The pending state with which a writer begins. */
export interface LoadedPending {
  readonly set: PendingSet;
  /** Departed transactions whose postings are not moved yet. */
  readonly unmoved: readonly Departed[];
}

/** Reads the pending transactions from the store. Rows that were written but never counted are removed. */
export async function loadPending(
  store: ChainStore,
  state: ChainState,
  network: Network,
  swept: SweptRows,
): Promise<LoadedPending> {
  const set = new PendingSet();
  const unmoved: Departed[] = [];
  const snapshot = Snapshot.latest(state);
  for await (const { rows } of scanPages(store, 'pending', EVERY_ARRIVAL, PAGE)) {
    const keys = rows.map(({ key }) => key);
    const departures = await departuresOf(store, snapshot, keys);
    const uncounted: Uint8Array[] = [];
    for (const [i, row] of rows.entries()) {
      const arrival = decodeCommitNumber(row.key);
      const departure = departures[i];
      // A writer that was replaced, and has not noticed it yet, may find rows of its successor.
      if (arrival.epoch > state.epoch) continue;
      if (!snapshot.includes(arrival)) uncounted.push(row.key);
      else if (departure == null) await take(row, set, store, network);
      else if (!isMoved(departure.number, state)) unmoved.push({ arrival, number: departure.number });
    }
    if (uncounted.length > 0) await swept.removeTransactions(uncounted);
  }
  return { set, unmoved };
}

/** Whether the postings of a transaction that departed with a commit are out of the tables of pending ones. */
export function isMoved(number: CommitNumber, { moved }: ChainState): boolean {
  return moved !== null && compareCommitNumbers(number, moved) <= 0;
}

async function take(row: Row, set: PendingSet, store: ChainStore, network: Network): Promise<void> {
  const { transaction, spent, firstSeen } = await readPending(store, row, network);
  const { virtualSize, txid } = transaction;
  const arrival = decodeCommitNumber(row.key);
  set.add(hashToHex(txid), { arrival, firstSeen, virtualSize, fee: feeOf(transaction, spent) });
}
