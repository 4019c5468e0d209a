import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { makePrivate } from './private-file.ts';
import { ensureTables } from './tables.ts';

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
