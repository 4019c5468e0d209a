import { DatabaseSync } from 'node:sqlite';
import { claim, fileUrl, HEAP_INDEX, isForWantOfRoom, requireOwn, tableNames } from './own-file.ts';
import { creationOf, FILE_TABLES } from './tables.ts';

/** How long a transaction waits for one of another connection, in milliseconds. */
export const BUSY_MS = 10_000;

/**
 * The log is copied into the file whenever it has this many pages of 8 KiB: 32 MiB, which takes about 60 ms. A batch of
 * the indexer is as large, and a page that several transactions change is copied only once.
 */
const CHECKPOINT_PAGES = 4_096;

/**
 * Tables that every index has, also one of an earlier version, which is ours though its state is refused. They are made in
 * one transaction.
 */
export const INDEX_TABLES = ['blocks', 'pages', 'payloads', 'state', 'totals', 'transactions'];

/** Opens a file to write to, and creates it and its tables if they are missing. Others may be creating it too. */
export function openToWrite(file: string, cacheMiB: number): DatabaseSync {
  claim(file, INDEX_TABLES);
  const db = openConnection(file, cacheMiB);
  try {
    ensureTables(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Opens a file of ours. Others may have it open. If the disk is too full for that, the file can still be read: only
 * writing fails.
 */
export function openConnection(file: string, cacheMiB: number): DatabaseSync {
  try {
    return open(file, cacheMiB);
  } catch (error) {
    if (!isForWantOfRoom(error)) throw error;
    return openWithoutRoom(file, cacheMiB, error);
  }
}

/** @param cause thrown if this fails too */
function openWithoutRoom(file: string, cacheMiB: number, cause: unknown): DatabaseSync {
  try {
    return open(fileUrl(file, HEAP_INDEX), cacheMiB);
  } catch {
    throw cause;
  }
}

function open(file: string | URL, cacheMiB: number): DatabaseSync {
  const db = new DatabaseSync(file, { timeout: BUSY_MS });
  try {
    // A commit that has resolved outlives the process; a power cut may lose the last ones, but leaves the file intact.
    db.exec(`
      PRAGMA page_size = 8192;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
      PRAGMA cell_size_check = ON;
    `);
    limitCache(db, cacheMiB);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function limitCache(db: DatabaseSync, cacheMiB: number): void {
  db.exec(`PRAGMA cache_size = ${-Math.max(1, Math.round(cacheMiB * 1024))}`);
}

/** Creates the tables in a new file. */
function ensureTables(db: DatabaseSync): void {
  if (hasTables(db)) return;
  transaction(db, () => {
    if (hasTables(db)) return;
    db.exec('CREATE TABLE state (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL)');
    for (const name of FILE_TABLES) db.exec(creationOf(name));
  });
}

/** @throws OF_ANOTHER_PROGRAM for a file that has other tables */
function hasTables(db: DatabaseSync): boolean {
  const found = tableNames(db);
  if (found.size === 0) return false;
  requireOwn(found, INDEX_TABLES);
  return true;
}

/** Runs a write transaction: all of it happens, or nothing. */
export function transaction<T>(db: DatabaseSync, run: () => T): T {
  return within(db, 'BEGIN IMMEDIATE', run);
}

/** Runs a read transaction: all reads see the file as the first one did. */
export function snapshot<T>(db: DatabaseSync, run: () => T): T {
  return within(db, 'BEGIN', run);
}

function within<T>(db: DatabaseSync, begin: string, run: () => T): T {
  db.exec(begin);
  try {
    const result = run();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
