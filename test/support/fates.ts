import { hashFromHex, toHex } from '../../src/chain/bytes.ts';
import { COMMIT_NUMBER_LENGTH } from '../../src/store/commit-number.ts';
import { departuresOf, type RemovalReason } from '../../src/store/departures.ts';
import { POSITION_LENGTH } from '../../src/store/position.ts';
import { POSTING_KINDS, positionOf, postingPrefix } from '../../src/store/postings.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { stateOf } from './live-rows.ts';
import { allRows } from './visible-rows.ts';

/** Why a transaction is no longer pending, and which other transaction caused it. */
export interface Fate {
  readonly reason: RemovalReason;
  readonly by: string | null;
}

/** The last event of an unconfirmed transaction; null if it is pending, or never was. */
export async function fateOf(store: ReadStore, txid: string): Promise<Fate | null> {
  const snapshot = Snapshot.latest((await stateOf(store))!);
  const tables = ['pendingPostings', 'removedPostings', 'departedPostings'] as const;
  const prefix = toHex(postingPrefix('txid', hashFromHex(txid)));
  const length = 1 + POSTING_KINDS.txid.length + POSITION_LENGTH;
  const found = await Promise.all(
    tables.map((table) => allRows(store, table, table === 'departedPostings' ? COMMIT_NUMBER_LENGTH + length : length)),
  );
  const keys = found.flat().map(({ key }) => key.subarray(key.length - length));
  const arrivals = keys.filter((key) => toHex(key).startsWith(prefix)).map(positionOf);
  const counted = arrivals.filter((arrival) => snapshot.seesKey(arrival)).sort((a, b) => Buffer.compare(b, a));
  const [last] = await departuresOf(store, snapshot, counted.slice(0, 1));
  return last == null ? null : { reason: last.reason, by: last.by };
}
