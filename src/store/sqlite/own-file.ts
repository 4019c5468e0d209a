import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { OF_ANOTHER_PROGRAM } from './calls.ts';
import { PRIVATE } from './failures.ts';

/** How long a look at a file waits for another connection, in milliseconds. */
const BUSY_MS = 10_000;
/** SQLite result codes (low byte): IOERR, FULL. */
const NO_ROOM = new Set([10, 13]);

/** The files that SQLite keeps beside a database; it creates them with the permissions of the database. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

/**
 * Whether a file has our tables; false if it is missing or empty. The file is not changed: whose it is must be known before
 * anything is done to it.
 * @param tables names of tables that every file of ours of this kind has
 * @throws SQLite's error, or OF_ANOTHER_PROGRAM for a database that has other tables
 */
export function isOwn(file: string, tables: readonly string[]): boolean {
  if (!existsSync(file)) return false;
  const found = tablesIn(file);
  if (found.size === 0) return false;
  requireOwn(found, tables);
  return true;
}

/** @throws OF_ANOTHER_PROGRAM */
export function requireOwn(found: ReadonlySet<string>, tables: readonly string[]): void {
  if (tables.every((name) => found.has(name))) return;
  throw Object.assign(new Error('it is the database of another program'), { errcode: OF_ANOTHER_PROGRAM });
}

/**
 * Must be called before a file is written to. Creates a missing file, and removes permissions of other users from one that
 * is empty or ours. Files of other owners keep theirs.
 * @throws as {@link isOwn}
 */
export function claim(file: string, tables: readonly string[]): void {
  // If it cannot be created, SQLite reports why. A file that exists is not opened: closing it would end SQLite's locks.
  attempt(() => closeSync(openSync(file, 'wx', PRIVATE)));
  isOwn(file, tables);
  for (const suffix of BESIDE) attempt(() => makePrivate(file + suffix));
}

function makePrivate(file: string): void {
  const stat = statSync(file);
  if (stat.isFile() && (stat.mode & 0o077) !== 0) chmodSync(file, PRIVATE);
}

function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // It does not exist, exists already, or is not ours.
  }
}

export function tableNames(db: DatabaseSync): Set<string> {
  const rows = db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all();
  return new Set(rows.map(({ name }) => String(name)));
}

/**
 * Nobody has a file open that has no shared memory (-shm) beside it, so it is read without locks, which leaves no files
 * beside it. Tables that are only in a log of such a file are found by the second look.
 */
function tablesIn(file: string): Set<string> {
  if (existsSync(`${file}-shm`)) return lookWhileOpen(file);
  const found = look(file, { immutable: '1' });
  return found.size === 0 && existsSync(`${file}-wal`) ? lookWhileOpen(file) : found;
}

function lookWhileOpen(file: string): Set<string> {
  try {
    return look(file, {});
  } catch (error) {
    if (!isForWantOfRoom(error)) throw error;
    return look(file, HEAP_INDEX);
  }
}

/** Parameters of a file's URL: the index of the log, which SQLite would rewrite on disk, is built in memory. */
export const HEAP_INDEX: Readonly<Record<string, string>> = { readonly_shm: '1' };

export function isForWantOfRoom(error: unknown): boolean {
  return NO_ROOM.has(((error as { errcode?: number }).errcode ?? 0) & 0xff);
}

export function fileUrl(file: string, parameters: Readonly<Record<string, string>>): URL {
  const url = pathToFileURL(file);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

function look(file: string, parameters: Readonly<Record<string, string>>): Set<string> {
  const db = new DatabaseSync(fileUrl(file, parameters), { readOnly: true, timeout: BUSY_MS });
  try {
    return tableNames(db);
  } finally {
    db.close();
  }
}
