import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { ChainStore } from '../../src/store/store.ts';

/** An empty SQLite store; its file is removed when it is closed. */
export async function temporaryStore(): Promise<ChainStore> {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-test-'));
  const store = await SqliteStore.open(join(folder, 'chain.db'), { cacheMiB: 8 });
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    rmSync(folder, { recursive: true });
  };
  return store;
}

/** An empty store in a MongoDB database of its own, which is dropped when it is closed. @param server its address */
export async function temporaryMongoStore(server: string): Promise<ChainStore> {
  const { uri, drop } = temporaryDatabase(server);
  const store = await MongoStore.open(uri);
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await drop();
  };
  return store;
}

/** A MongoDB database of one test. */
export interface TemporaryDatabase extends AsyncDisposable {
  /** Names the database. */
  readonly uri: string;
  drop(): Promise<void>;
}

/** @param server the address of the server, with or without a database in it */
export function temporaryDatabase(server: string): TemporaryDatabase {
  const url = new URL(server);
  const name = `bitql_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  url.pathname = `/${name}`;
  const drop = async () => {
    const client = new MongoClient(url.href);
    await client.db(name).dropDatabase();
    await client.close();
  };
  return { uri: url.href, drop, [Symbol.asyncDispose]: drop };
}
