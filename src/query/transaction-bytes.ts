import { createHash } from 'node:crypto';
import { equalBytes } from '../chain/bytes.ts';
import { sha256 } from '../chain/hash.ts';
import { decodePage, PAGE_LENGTH } from '../store/blocks.ts';
import { isArrival } from '../store/commit-number.ts';
import { MissingRecordError } from '../store/errors.ts';
import { pendingRecord } from '../store/pending.ts';
import { decodePosition, pageKey } from '../store/position.ts';
import type { ReadStore, Row } from '../store/store.ts';
import { hasTxid, RawBytes } from '../store/transactions.ts';
import type { ChainReader } from './reader.ts';

/** Where a transaction is stored. Its bytes are read when they are asked for, so it may be larger than the memory. */
export interface TransactionBytes {
  /** Its position in a block, or its arrival. */
  readonly row: Row;
  readonly raw: RawBytes;
}

/**
 * The place of a transaction, by its whole id: in a block, pending, or removed and still stored; null if it is in none.
 * @param store where pieces of large transactions are read
 */
export async function transactionBytes(
  txid: Uint8Array,
  reader: ChainReader,
  store: ReadStore,
): Promise<TransactionBytes | null> {
  const seen = (await reader.positionsOf(txid)).reverse();
  const [pending, inBlocks] = [seen.filter(isArrival), seen.filter((position) => !isArrival(position))];
  for (const position of [...inBlocks, ...pending]) {
    const found = await storedAt(position, { txid, reader, store });
    if (found !== null) return found;
  }
  for (const arrival of await reader.removalsOf(txid)) {
    const found = await storedAt(arrival, { txid, reader, store });
    if (found !== null) return found;
  }
  return null;
}

interface Search {
  readonly txid: Uint8Array;
  readonly reader: ChainReader;
  readonly store: ReadStore;
}

async function storedAt(position: Uint8Array, search: Search): Promise<TransactionBytes | null> {
  const table = isArrival(position) ? 'pending' : 'transactions';
  const [value] = await search.reader.store.get(table, [position]);
  if (value == null) {
    if (isArrival(position)) return null;
    throw new MissingRecordError('transactions', position);
  }
  const row = { key: position, value };
  const raw = await RawBytes.of(search.store, isArrival(position) ? pendingRecord(row) : row);
  return (await isThatOf(row, raw, search)) ? { row, raw } : null;
}

/** Whether the transaction has the whole id: the index has only the first half of it. */
async function isThatOf(row: Row, raw: RawBytes, { txid, reader, store }: Search): Promise<boolean> {
  const { network } = reader;
  if (!raw.isInPieces) return hasTxid(await reader.transactionOf(row), txid);
  if (!isArrival(row.key)) return equalBytes(await idInBlock(row.key, store), txid);
  // Where there are witnesses, the id is not the hash of all bytes; but transactions are no larger than a block of 4 MB.
  return network.segwit ? hasTxid(await reader.transactionOf(row), txid) : equalBytes(await hashOf(raw), txid);
}

/** The id of a transaction in a block, from the block's list of ids. */
async function idInBlock(position: Uint8Array, store: ReadStore): Promise<Uint8Array> {
  const { height, fork, index } = decodePosition(position);
  const key = pageKey(height, fork, Math.floor(index / PAGE_LENGTH));
  const [page] = await store.get('pages', [key]);
  const id = page == null ? undefined : decodePage(page).txids[index % PAGE_LENGTH];
  if (id === undefined) throw new MissingRecordError('pages', key);
  return id;
}

async function hashOf(raw: RawBytes): Promise<Uint8Array> {
  const hash = createHash('sha256');
  for await (const part of raw.parts()) hash.update(part);
  return sha256(hash.digest());
}
