import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryDatabase } from '../../test/support/temporary-store.ts';
import type { OwnDocumentDb } from '../database/own-documentdb.ts';
import { ForgottenFiles } from '../database/system-cache.ts';

/** A new database for one layout. */
export interface Database extends AsyncDisposable {
  /** The value of `--store`. */
  readonly store: string;
}

/** Makes databases with a cache of a size. */
export interface Databases {
  readonly cacheMiB: number;
  /** The processes of their server; none for SQLite. */
  readonly servers: readonly number[];
  /** A folder on their disk. */
  readonly folder: string;
  create(): Database;
}

/** In SQLite files. @param isForgotten whether the system is kept from caching them */
export function sqliteDatabases(cacheMiB: number, isForgotten: boolean): Databases {
  const create = (): Database => {
    const folder = mkdtempSync(join(tmpdir(), 'bitql-bench-'));
    const store = join(folder, 'chain.db');
    const forgotten = isForgotten ? new ForgottenFiles([store, `${store}-wal`]) : null;
    const remove = async () => {
      await forgotten?.[Symbol.asyncDispose]();
      if (forgotten?.times === 0) console.error('The system was not kept from caching: there is no dd that can.');
      rmSync(folder, { recursive: true });
    };
    return { store, [Symbol.asyncDispose]: remove };
  };
  return { cacheMiB, servers: [], folder: tmpdir(), create };
}

/** On a DocumentDB server of our own, which is started anew with that cache, and with direct I/O. */
export async function mongoDatabases(server: OwnDocumentDb, cacheMiB: number): Promise<Databases> {
  await server.stop();
  const uri = await server.start({ cacheMiB, isDirect: true });
  const create = (): Database => {
    const { uri: store, drop } = temporaryDatabase(uri);
    return { store, [Symbol.asyncDispose]: drop };
  };
  return { cacheMiB, servers: server.pids, folder: server.folder, create };
}
