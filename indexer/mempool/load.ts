import { hashToHex } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { feeOf } from '../../src/chain/undo.ts';
import {
  COMMIT_NUMBER_LENGTH,
  type CommitNumber,
  compareCommitNumbers,
  decodeCommitNumber,
} from '../../src/store/commit-number.ts';
import { departuresOf } from '../../src/store/pending.ts';
import { readPending } from '../../src/store/records/pending.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainState } from '../../src/store/state.ts';
import type { ChainStore, Row } from '../../src/store/store.ts';
import type { Departed } from './departed.ts';
import { PendingSet } from './pending-set.ts';
import type { SweepQueue } from './sweep.ts';

const PAGE = 1_000;

/**
 * Reads what is pending from the store; what is not any more, or never was, is left to the sweep.
 * @param unmoved gets what has gone and is not out of the way yet
 */
export async function loadPending(
  store: ChainStore,
  state: ChainState,
  network: Network,
  sweep: SweepQueue,
  unmoved: Departed[],
): Promise<PendingSet> {
  const set = new PendingSet();
  const snapshot = Snapshot.latest(state);
  const max = new Uint8Array(COMMIT_NUMBER_LENGTH).fill(0xff);
  const min = new Uint8Array(COMMIT_NUMBER_LENGTH);
  for await (const { rows } of scanPages(store, 'pending', { min, max }, PAGE)) {
    const keys = rows.map(({ key }) => key);
    const departures = await departuresOf(store, snapshot, keys);
    for (const [i, row] of rows.entries()) {
      const arrival = decodeCommitNumber(row.key);
      const departure = departures[i];
      if (!snapshot.includes(arrival)) sweep.add({ arrival, gone: null });
      else if (departure != null) {
        sweep.add({ arrival, gone: departure });
        if (!isMoved(departure.number, state)) unmoved.push({ arrival, number: departure.number });
      } else await take(row, set, store, network);
    }
  }
  return set;
}

function isMoved(number: CommitNumber, { moved }: ChainState): boolean {
  return moved !== null && compareCommitNumbers(number, moved) <= 0;
}

async function take(row: Row, set: PendingSet, store: ChainStore, network: Network): Promise<void> {
  const { transaction, spent, firstSeen } = await readPending(store, row, network);
  const { virtualSize, txid } = transaction;
  const arrival = decodeCommitNumber(row.key);
  set.add(hashToHex(txid), { arrival, firstSeen, virtualSize, fee: feeOf(transaction, spent) });
}
