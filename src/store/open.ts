import type { StoreLocation } from './location.ts';
import { MongoStore } from './mongo/mongo-store.ts';
import { SqliteStore } from './sqlite/sqlite-store.ts';
import type { ChainStore } from './store.ts';

export interface StoreOptions {
  /** SQLite's page cache, in MiB; MongoDB has its own. */
  readonly cacheMiB: number;
}

export async function openStore(location: StoreLocation, options: StoreOptions): Promise<ChainStore> {
  return location.kind === 'sqlite' ? SqliteStore.open(location.file, options) : MongoStore.open(location.uri);
}
