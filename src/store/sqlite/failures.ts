import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  rmSync,
  type Stats,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { BitqlError } from '../../errors.ts';
import { fileFailure } from '../../failures/system.ts';
import { DamagedFileError, storeFull } from '../errors.ts';
import { OF_ANOTHER_PROGRAM, type SqliteFailure } from './calls.ts';

/** Permissions of what we make: its owner reads and writes it. */
export const PRIVATE = 0o600;

/** SQLite result codes (low byte) after which the same call may succeed later: BUSY, LOCKED, IOERR, CANTOPEN. */
const TRANSIENT_CODES = new Set([5, 6, 10, 14]);
const FULL = 13;
/** The meanings of SQLite's codes, to follow the name of the file in a message. */
const MEANINGS: Readonly<Record<number, string>> = {
  3: 'this user has no permission',
  5: 'another program has locked it',
  6: 'another connection has locked it',
  7: 'there is not enough memory',
  8: 'it is read-only',
  10: 'its disk cannot be read or written',
  11: 'it is damaged',
  14: 'it, or a file that belongs to it, cannot be opened',
  18: 'a row is longer than SQLite allows',
  22: 'this system does not support files of this size',
  23: 'this user has no permission',
  26: 'it is not a SQLite database',
  [OF_ANOTHER_PROGRAM]: 'it is the database of another program',
  // READONLY_DBMOVED
  1032: 'it was moved or removed while it was open',
};

/** PERM, READONLY, AUTH: permanent, as is CANTOPEN for a file that was never open. */
const UNUSABLE_CODES = new Set([3, 8, 23]);
const CANNOT_OPEN = 14;
/** System codes for missing permissions. */
const FOR_OTHERS = new Set(['EACCES', 'EPERM']);
const LET_USER = 'Let this user write it and its folder, or give another --store.';
const GIVE_ANOTHER = 'Give another --store.';
/** READONLY, IOERR, CANTOPEN: a full disk can cause these too, because the files beside the database need room as well. */
const MAYBE_FULL = new Set([8, 10, 14]);
/** More than those files grow by at once. */
const HARDLY_ANY_BYTES = 1024 * 1024;

export function sqliteError(file: string, { message, sqliteCode }: SqliteFailure): BitqlError {
  const code = sqliteCode === undefined ? undefined : sqliteCode & 0xff;
  if (code === FULL || (MAYBE_FULL.has(code!) && isDiskFull(file))) return storeFull(file);
  const meaning = MEANINGS[sqliteCode!] ?? MEANINGS[code!] ?? `SQLite returned an error (${message})`;
  if (code === undefined || TRANSIENT_CODES.has(code)) return unavailable(file, meaning);
  if (UNUSABLE_CODES.has(code)) return refusalOf(file) ?? unusable(file, meaning, LET_USER);
  return new DamagedFileError(
    `The SQLite file ${file} cannot be used: ${meaning}. Restore a backup, or index into another file.`,
  );
}

/** The error for a file that cannot be opened: as `sqliteError`, except that a file which cannot be opened is a wrong setting. */
export function openingError(file: string, failure: SqliteFailure): BitqlError {
  const error = sqliteError(file, failure);
  const isWrongPlace = error.code === 'STORE_UNAVAILABLE' && ((failure.sqliteCode ?? 0) & 0xff) === CANNOT_OPEN;
  return isWrongPlace ? (refusalOf(file) ?? unusable(file, MEANINGS[CANNOT_OPEN]!, LET_USER)) : error;
}

/** The error for a file that the system refuses to open or create. @param error of the system */
function unusablePlace(file: string, error: unknown): BitqlError {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT') return unusable(file, fileFailure(error), FOR_OTHERS.has(code) ? LET_USER : GIVE_ANOTHER);
  const folder = dirname(file);
  if (existsSync(folder)) return unusable(file, 'no file can be made in its folder (ENOENT)', GIVE_ANOTHER);
  return unusable(file, `its folder ${folder} is not there`, 'Make the folder, or give another --store.');
}

/**
 * @param reason a clause
 * @param cure a sentence
 */
function unusable(file: string, reason: string, cure: string): BitqlError {
  return new BitqlError('BAD_SETTING', `The SQLite file ${file} cannot be opened: ${reason}. ${cure}`);
}

/** Why the system refuses the file, or null: SQLite reports only "unable to open". */
function refusalOf(file: string): BitqlError | null {
  try {
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
    else makeProbe(file);
    accessSync(dirname(file), constants.W_OK);
    return null;
  } catch (error) {
    return unusablePlace(file, error);
  }
}

export function unavailable(file: string, reason: string): BitqlError {
  return new BitqlError('STORE_UNAVAILABLE', `The SQLite file ${file} cannot be used: ${reason}.`);
}

function isDiskFull(file: string): boolean {
  try {
    const { blocks, bavail, bsize } = statfsSync(dirname(file));
    // A file system without blocks, such as /proc, is not a disk.
    return blocks > 0 && bavail * bsize < HARDLY_ANY_BYTES;
  } catch {
    return false;
  }
}

/** Refuses what is no regular file before it is opened: to open a pipe waits for its other end. @throws BAD_SETTING */
export function requireRegularFile(file: string): void {
  const found = kindOf(file);
  if (found === null || found.isFile()) return;
  const reason = found.isDirectory() ? fileFailure({ code: 'EISDIR' }) : 'it is not a regular file';
  throw unusable(file, reason, GIVE_ANOTHER);
}

/** Null for what cannot be looked at: SQLite reports why. */
function kindOf(file: string): Stats | null {
  try {
    return statSync(file);
  } catch {
    return null;
  }
}

/** Checks before the first write that a file can be created. @throws BAD_SETTING */
export function requireRoom(file: string): void {
  try {
    makeProbe(file);
  } catch (error) {
    throw unusablePlace(file, error);
  }
}

/** Makes a file beside another one, and removes it. @throws the system's error */
function makeProbe(file: string): void {
  const probe = `${file}-${process.pid}`;
  // A file of that name could be made once, and is not ours to remove.
  if (existsSync(probe)) return;
  closeSync(openSync(probe, 'wx', PRIVATE));
  rmSync(probe);
}
