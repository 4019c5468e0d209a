import { chmodSync, closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { OF_ANOTHER_PROGRAM } from './calls.ts';
import { addSegment, CATALOGUE_SQL } from './segments/catalogue.ts';
import { hasRowids, PLAIN_NAMES } from './tables.ts';

/** How long a transaction waits for that of another connection, in milliseconds. */
export const BUSY_MS = 10_000;

/**
 * The log is copied into the file whenever it has this many pages of 8 KiB: 32 MiB, which takes some 60 ms. A batch of
 * the indexer is as large, and a page that several transactions change is copied once.
 */
const CHECKPOINT_PAGES = 4_096;

/** SQLite result codes (low byte): IOERR, FULL. */
const NO_ROOM = new Set([10, 13]);

/**
 * Opens a file and makes it and its tables where they are missing. Others may have it open, or do the same just now.
 * Where its disk is too full for that, it can still be read: the index of the log (-shm), which SQLite would write
 * anew, is then made in memory, and only writing fails.
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

/** @param cause what is thrown where this fails too */
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
    // What a commit resolved for outlives the process; a power cut may take the last ones, but leaves the file whole.
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

/** Read and written by its owner alone. */
const PRIVATE = 0o600;
/** What SQLite keeps beside a file; it makes them with the rights of that. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

/** Makes a SQLite file where it is missing, and takes the rights that others have to it. What belongs to others is left to them. */
export function makePrivate(file: string): void {
  // Where it cannot be made, SQLite says why.
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
    // It is not there, or not ours.
  }
}

/** Makes what a new file lacks. */
export function ensureTables(db: DatabaseSync): void {
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

/** A file that has tables, but none of ours, is left as it is. */
function refuseStranger(db: DatabaseSync): void {
  if (db.prepare('SELECT 1 FROM sqlite_schema').get() === undefined) return;
  throw Object.assign(new Error('it is the database of another program'), { errcode: OF_ANOTHER_PROGRAM });
}

function hasTables(db: DatabaseSync): boolean {
  return db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'segments'`).get() !== undefined;
}

/** Runs with the right to write: all of it happens, or nothing. */
export function transaction<T>(db: DatabaseSync, run: () => T): T {
  return within(db, 'BEGIN IMMEDIATE', run);
}

/** Everything read in it is of one moment: the first read's. */
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
