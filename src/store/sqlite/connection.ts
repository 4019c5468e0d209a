import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { OF_ANOTHER_PROGRAM } from './calls.ts';
import { addSegment, CATALOGUE_SQL } from './segments/catalogue.ts';
import { hasRowids, PLAIN_NAMES } from './tables.ts';

/** How long a transaction waits for one of another connection, in milliseconds. */
export const BUSY_MS = 10_000;

/**
 * The log is copied into the file whenever it has this many pages of 8 KiB: 32 MiB, which takes about 60 ms. A batch of
 * the indexer is as large, and a page that several transactions change is copied only once.
 */
const CHECKPOINT_PAGES = 4_096;

/** SQLite result codes (low byte): IOERR, FULL. */
const NO_ROOM = new Set([10, 13]);

/**
 * Opens a file, and creates it and its tables if they are missing. Others may have it open or be creating it.
 * If the disk is too full for that, the file can still be read: the index of the log (-shm), which SQLite would
 * rewrite, is then built in memory, and only writing fails.
 */
export function openConnection(file: string, cacheMiB: number): DatabaseSync {
  makePrivate(file);
  try {
    return open(file, cacheMiB);
  } catch (error) {
    if (!NO_ROOM.has(resultCode(error) & 0xff)) throw error;
    return openWithoutRoom(file, cacheMiB, error);
  }
}

/** @param cause thrown if this fails too */
function openWithoutRoom(file: string, cacheMiB: number, cause: unknown): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set('readonly_shm', '1');
  try {
    return open(url, cacheMiB);
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
    ensureTables(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function limitCache(db: DatabaseSync, cacheMiB: number): void {
  db.exec(`PRAGMA cache_size = ${-Math.max(1, Math.round(cacheMiB * 1024))}`);
}

function resultCode(error: unknown): number {
  return (error as { errcode?: number }).errcode ?? 0;
}

/** Read and write for the owner only. */
const PRIVATE = 0o600;
/** The files that SQLite keeps beside a database; it creates them with the permissions of the database. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

/** Creates a SQLite file if it is missing, and removes permissions of other users. Files of other owners are left alone. */
export function makePrivate(file: string): void {
  // If it cannot be created, SQLite reports why.
  attempt(() => closeSync(openSync(file, 'a', PRIVATE)));
  for (const suffix of BESIDE) {
    attempt(() => {
      if ((statSync(file + suffix).mode & 0o077) !== 0) chmodSync(file + suffix, PRIVATE);
    });
  }
}

function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // It does not exist, or is not ours.
  }
}

/** Creates the tables in a new file. */
function ensureTables(db: DatabaseSync): void {
  if (hasTables(db)) return;
  transaction(db, () => {
    if (hasTables(db)) return;
    refuseStranger(db);
    db.exec(`
      ${CATALOGUE_SQL};
      CREATE TABLE state (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL);
      CREATE TABLE transactions (key INTEGER PRIMARY KEY, value BLOB NOT NULL);
    `);
    for (const name of PLAIN_NAMES.filter((name) => !hasRowids(name))) {
      db.exec(`CREATE TABLE ${name} (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID`);
    }
    addSegment(db, { level: 0, state: 'open' });
  });
}

/** Refuses a file that has tables, but none of ours. */
function refuseStranger(db: DatabaseSync): void {
  if (db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined) return;
  throw Object.assign(new Error('it is the database of another program'), { errcode: OF_ANOTHER_PROGRAM });
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'segments'`).get() !== undefined;
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
