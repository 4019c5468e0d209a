import { ByteReader } from '../chain/bytes.ts';
import type { Network } from '../chain/networks.ts';
import { COMMIT_NUMBER_LENGTH } from './commit-number.ts';
import type { RowPacker } from './packed-rows.ts';
import type { KeyRange, ReadStore, Row } from './store.ts';
import {
  addTransaction,
  type KnownOutput,
  pieceKeysOf,
  readTransactions,
  type TransactionRecord,
} from './transactions.ts';

/** An unconfirmed transaction. */
export interface PendingRecord extends TransactionRecord<KnownOutput> {
  /** When the node took it into its mempool, or was first seen to have it, in seconds since 1970. */
  readonly firstSeen: number;
}

const TIME = 4;

/** The tables that rows of unconfirmed transactions are added to. */
export interface PendingTables {
  readonly pending: RowPacker;
  readonly payloads: RowPacker;
}

/** Adds the rows of an unconfirmed transaction. Layout: time (4), then as in `transactions`. */
export function addPending(
  arrival: Uint8Array,
  record: TransactionRecord & { readonly firstSeen: number },
  { pending, payloads }: PendingTables,
): void {
  addTransaction(arrival, record, { transactions: pending, payloads }, (writer) => writer.u32(record.firstSeen));
}

export async function readPending(store: ReadStore, { key, value }: Row, network: Network): Promise<PendingRecord> {
  const firstSeen = new ByteReader(value).u32();
  const [record] = await readTransactions(store, [pendingRecord({ key, value })], network);
  return { ...record!, firstSeen };
}

/** The record in a row of `pending`, as a row of `transactions` has it. */
export function pendingRecord({ key, value }: Row): Row {
  return { key, value: value.subarray(TIME) };
}

/** The keys of the pieces of a row of `pending`. */
export function pendingPieceKeys(row: Row): Uint8Array[] {
  return pieceKeysOf(pendingRecord(row));
}

/** The keys of `pending`. */
export const EVERY_ARRIVAL: KeyRange = {
  min: new Uint8Array(COMMIT_NUMBER_LENGTH),
  max: new Uint8Array(COMMIT_NUMBER_LENGTH).fill(0xff),
};

/** The unconfirmed transactions with the given arrivals, in their order; null if the row does not exist (any more). */
export async function pendingAt(
  store: ReadStore,
  arrivals: readonly Uint8Array[],
  network: Network,
): Promise<(PendingRecord | null)[]> {
  const values = await store.get('pending', arrivals);
  return Promise.all(
    arrivals.map(async (key, i) =>
      values[i] == null ? null : readPending(store, { key, value: values[i] } satisfies Row, network),
    ),
  );
}
