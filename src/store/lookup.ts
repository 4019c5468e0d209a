import { equalBytes } from '../chain/bytes.ts';
import type { Network } from '../chain/networks.ts';
import { MissingRecordError } from './damage.ts';
import { blockKey, MAX_FORK, type Position } from './position.ts';
import { type PostingKind, positionOf, postingPrefix, postingRange } from './postings.ts';
import { type BlockRecord, decodeBlock } from './records/block.ts';
import { type KnownOutput, readTransactions, type TransactionRecord } from './records/transaction.ts';
import type { ReadStore, Row } from './store.ts';

/** A stored transaction and where it stands. */
export interface LocatedTransaction extends TransactionRecord<KnownOutput> {
  readonly position: Uint8Array;
}

/** More rows for one id than forks and duplicates can explain are not looked at. */
const MAX_CANDIDATES = 64;

/** All blocks known at each height, by fork, whether on the main chain or not. */
export async function blocksAtHeights(store: ReadStore, heights: readonly number[]): Promise<BlockRecord[][]> {
  const ranges = heights.map((height) => ({ min: blockKey(height, 0), max: blockKey(height, MAX_FORK) }));
  const pages = await store.scan('blocks', ranges, { limit: MAX_FORK + 1 });
  return pages.map(({ rows }) => rows.map(({ value }) => decodeBlock(value)));
}

/** The record of a block that is indexed. @throws STORE_DAMAGED where it is not there */
export async function blockRecord(
  store: Pick<ReadStore, 'get'>,
  { height, fork }: Pick<Position, 'height' | 'fork'>,
): Promise<BlockRecord> {
  const key = blockKey(height, fork);
  const [value] = await store.get('blocks', [key]);
  if (value == null) throw new MissingRecordError('blocks', key);
  return decodeBlock(value);
}

/** The positions of the postings of a kind for each key, in chain order. */
export async function positionsFor(
  store: ReadStore,
  kind: PostingKind,
  keys: readonly Uint8Array[],
): Promise<Uint8Array[][]> {
  const ranges = keys.map((key) => postingRange(postingPrefix(kind, key)));
  const pages = await store.scan('postings', ranges, { limit: MAX_CANDIDATES, isSparse: true });
  return pages.map(({ rows }) => rows.map(({ key }) => positionOf(key)));
}

/** As {@link positionsFor}, the arrivals of unconfirmed transactions, the last ones first, whether they are still pending or not. */
export async function arrivalsFor(
  store: ReadStore,
  kind: PostingKind,
  keys: readonly Uint8Array[],
): Promise<Uint8Array[][]> {
  const ranges = keys.map((key) => postingRange(postingPrefix(kind, key)));
  const pages = await store.scan('pendingPostings', ranges, { limit: MAX_CANDIDATES, reverse: true });
  return pages.map(({ rows }) => rows.map(({ key }) => positionOf(key)));
}

/** The transactions at the given positions, in their order; null where there is none. */
export async function transactionsAt(
  store: ReadStore,
  positions: readonly Uint8Array[],
  network: Network,
): Promise<(LocatedTransaction | null)[]> {
  const values = await store.get('transactions', positions);
  const rows = positions.map((key, i): Row | null => (values[i] == null ? null : { key, value: values[i] }));
  const records = await readTransactions(
    store,
    rows.filter((row) => row !== null),
    network,
  );
  let next = 0;
  return rows.map((row) => (row === null ? null : { ...records[next++]!, position: row.key }));
}

/** As {@link transactionsAt}; null as well for what a run that was cut off left without some of its pieces. */
export async function wholeTransactionsAt(
  store: ReadStore,
  positions: readonly Uint8Array[],
  network: Network,
): Promise<(LocatedTransaction | null)[]> {
  try {
    return await transactionsAt(store, positions, network);
  } catch (error) {
    if (!(error instanceof MissingRecordError)) throw error;
    if (positions.length === 1) return [null];
    const found: (LocatedTransaction | null)[] = [];
    for (const position of positions) found.push(...(await wholeTransactionsAt(store, [position], network)));
    return found;
  }
}

/** Whether a stored transaction is the one of a given id: postings hold only the first half of it. */
export function hasTxid({ transaction }: TransactionRecord, txid: Uint8Array): boolean {
  return equalBytes(transaction.txid, txid);
}
