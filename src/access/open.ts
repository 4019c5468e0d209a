import type { StoreLocation } from '../store/location.ts';
import type { AccessStore } from './access-store.ts';
import { MongoAccess } from './mongo-access.ts';
import { SqliteAccess } from './sqlite-access.ts';

/**
 * The access store of an index: in its MongoDB database, or in a file beside its SQLite file. If it cannot be reached, its
 * methods reject.
 */
export function openAccess(location: StoreLocation): AccessStore {
  return location.kind === 'sqlite' ? new SqliteAccess(`${location.file}-access`) : new MongoAccess(location.uri);
}
