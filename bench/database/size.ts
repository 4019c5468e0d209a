import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { MongoClient } from 'mongodb';
import type { StoreLocation } from '../../src/store/location.ts';
import type { Table } from '../../src/store/store.ts';

/** What a database takes on its disk, in bytes: with all indexes and room that is not used any more, but without its log. */
export async function sizeOf(location: StoreLocation): Promise<number> {
  if (location.kind === 'sqlite') return statSync(location.file).size;
  return withDatabase(location.uri, async (client) => {
    const { storageSize, indexSize } = await client.db().stats();
    return Number(storageSize) + Number(indexSize);
  });
}

/** What the rows of a table take, in bytes, without room that is not used any more: MongoDB's documents, or the pages of SQLite's file. */
export async function liveSizeOf(location: StoreLocation, table: Table): Promise<number> {
  if (location.kind === 'sqlite') return pagesOf(location.file, table);
  return withDatabase(location.uri, async (client) => {
    const sum = { $group: { _id: null, bytes: { $sum: { $bsonSize: '$$ROOT' } } } };
    const [found] = await client.db().collection(table).aggregate<{ bytes: number }>([sum]).toArray();
    return Number(found?.bytes ?? 0);
  });
}

function pagesOf(file: string, table: Table): number {
  const db = new DatabaseSync(file, { readOnly: true });
  // The index of a table with row ids has a name of its own.
  const sum = 'SELECT sum(pgsize) AS bytes FROM dbstat WHERE name IN (?, ?)';
  const { bytes } = db.prepare(sum).get(table, `sqlite_autoindex_${table}_1`) as { bytes: number | null };
  db.close();
  return bytes ?? 0;
}

async function withDatabase<T>(uri: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = await MongoClient.connect(uri);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
