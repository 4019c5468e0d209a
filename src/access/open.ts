import type { StoreLocation } from '../store/location.ts';
import type { AccessStore } from './access-store.ts';
import { MongoAccess } from './mongo/mongo-access.ts';
import { SqliteAccess } from './sqlite/sqlite-access.ts';

/**
 * What is known of the callers of an index: in its MongoDB database, or in a file beside its SQLite file. Where that cannot be
 * reached, its methods reject.
 */
export function openAccess(location: StoreLocation): AccessStore {
  return location.kind === 'sqlite' ? new SqliteAccess(`${location.file}-access`) : new MongoAccess(location.uri);
}
