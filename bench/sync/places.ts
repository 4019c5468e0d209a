import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { parseStoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import { POSTING_KINDS } from '../../src/store/postings.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import { FILE_TABLES } from '../../src/store/sqlite/tables.ts';
import { type ChainStore, type KeyRange, TABLES, TABLES_OF_RUNS, type Table } from '../../src/store/store.ts';
import { temporaryDatabase } from '../../test/support/temporary-store.ts';
import type { OwnDocumentDb } from '../database/own-documentdb.ts';
import { liveSizeOf, sizeOf } from '../database/size.ts';
import { ForgottenFiles } from '../database/system-cache.ts';
import type { RowCounts } from './recorded-batches.ts';

/** The store that a measurement writes to. */
export interface Place {
  readonly store: string;
  /** Of the database's own cache. */
  readonly cacheMiB: number;
  /** The processes of its server; none for SQLite. */
  readonly servers: readonly number[];
  /** Its size afterwards, in bytes on disk and in rows. */
  size(): Promise<number>;
  /** The bytes of the runs of postings that count. */
  runSize(): Promise<number>;
  rows(): Promise<RowCounts>;
  remove(): Promise<void>;
}

/** @param isForgotten whether the system is kept from caching the file */
export function sqlitePlace(cacheMiB: number, isForgotten = false): Place {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-bench-'));
  const file = join(folder, 'chain.db');
  const forgotten = isForgotten ? new ForgottenFiles([file, `${file}-wal`]) : null;
  return {
    ...measuredPlace(file, cacheMiB),
    servers: [],
    rows: () => rowsOf(file, [...FILE_TABLES, 'postings']),
    async remove() {
      await forgotten?.[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A database on a server of our own, which is started anew with a cache of that size. */
export async function mongoPlace(server: OwnDocumentDb, cacheMiB: number, isDirect: boolean): Promise<Place> {
  await server.stop();
  const { uri, drop } = temporaryDatabase(await server.start({ cacheMiB, isDirect }));
  return {
    ...measuredPlace(uri, cacheMiB),
    servers: server.pids,
    async rows() {
      const client = await MongoClient.connect(uri);
      const tables = (Object.keys(TABLES) as Table[]).filter((table) => !isInPages(table));
      const counts = await Promise.all(
        tables.map(async (table) => [table, await client.db().collection(table).countDocuments()] as const),
      );
      await client.close();
      return { ...Object.fromEntries(counts), ...(await rowsOf(uri, ['transactions', 'postings'])) };
    },
    remove: drop,
  };
}

/** Whether a document of MongoDB has several rows of a table. */
function isInPages(table: Table): boolean {
  return table === 'transactions' || TABLES_OF_RUNS.has(table);
}

function measuredPlace(store: string, cacheMiB: number): Pick<Place, 'store' | 'cacheMiB' | 'size' | 'runSize'> {
  const location = parseStoreLocation(store)!;
  return { store, cacheMiB, size: () => sizeOf(location), runSize: () => liveSizeOf(location, 'runPages') };
}

async function rowsOf(store: string, tables: readonly Table[]): Promise<RowCounts> {
  const opened = await openStore(parseStoreLocation(store)!, { cacheMiB: 64 });
  const rows = await countRows(opened, tables);
  await opened.close();
  return rows;
}

/** Counts rows by reading their keys, page by page. */
async function countRows(store: ChainStore, tables: readonly Table[]): Promise<RowCounts> {
  const counts: RowCounts = {};
  for (const table of tables) {
    const length: number = TABLES[table];
    const ranges =
      length > 0 ? [rangeOf(length)] : Object.values(POSTING_KINDS).map((kind) => rangeOf(kind.length + 9, kind.tag));
    counts[table] = 0;
    for (const range of ranges) counts[table] += await countRange(store, table, range);
  }
  return counts;
}

/** All keys of a length, or those that begin with a tag. Positions are signed numbers to SQLite. */
function rangeOf(length: number, tag?: number): KeyRange {
  const min = new Uint8Array(length);
  const max = new Uint8Array(length).fill(0xff);
  max[0] = 0x7f;
  if (tag !== undefined) min[0] = max[0] = tag;
  return { min, max };
}

async function countRange(store: ChainStore, table: Table, range: KeyRange): Promise<number> {
  let count = 0;
  for await (const { rows } of scanPages(store, table, range, 20_000)) count += rows.length;
  return count;
}
