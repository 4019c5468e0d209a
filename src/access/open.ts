import type { StoreLocation } from '../store/open.ts';
import type { AccessStore } from './access-store.ts';
import { MongoAccess } from './mongo/mongo-access.ts';
import { SqliteAccess } from './sqlite/sqlite-access.ts';

/** Opens what is known of the callers of an index: in its MongoDB database, or in a file beside its SQLite file. */
export function openAccess(location: StoreLocation): Promise<AccessStore> {
  return location.kind === 'sqlite'
    ? SqliteAccess.open(`${location.file}-access`)
    : Promise.resolve(new MongoAccess(location.uri));
}
