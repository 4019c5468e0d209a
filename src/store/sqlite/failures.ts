import { accessSync, closeSync, constants, openSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BitqlError } from '../../errors.ts';
import { DamagedFileError } from '../damage.ts';
import { storeFull } from '../store-full.ts';
import type { SqliteFailure } from './messages.ts';

/** SQLite result codes (low byte) after which the same call may succeed later: BUSY, LOCKED, IOERR, CANTOPEN. */
const TRANSIENT_CODES = new Set([5, 6, 10, 14]);
const FULL = 13;
/** PERM, READONLY, CANTOPEN, AUTH: of a file that was never open, they stay. */
const UNUSABLE_CODES = new Set([3, 8, 14, 23]);
/** READONLY, IOERR, CANTOPEN: a full disk shows in these too, since the files beside the database need room as well. */
const MAYBE_FULL = new Set([8, 10, 14]);
/** What those files grow by at once is less. */
const HARDLY_ANY_BYTES = 1024 * 1024;

export function sqliteError(file: string, { message, sqliteCode }: SqliteFailure): BitqlError {
  const code = sqliteCode === undefined ? undefined : sqliteCode & 0xff;
  if (code === FULL || (MAYBE_FULL.has(code!) && isDiskFull(file))) return storeFull(file);
  if (code === undefined || TRANSIENT_CODES.has(code)) return unavailable(file, message);
  return new DamagedFileError(`SQLite cannot use ${file}: ${message}. Restore a backup, or index into another file.`);
}

/** Why a file cannot be opened: what is busy or full is as ever, all else is a wrong place for a store. */
export function openingError(file: string, failure: SqliteFailure): BitqlError {
  const code = (failure.sqliteCode ?? 0) & 0xff;
  const error = sqliteError(file, failure);
  if (error.code === 'STORE_FULL' || !UNUSABLE_CODES.has(code)) return error;
  return unusable(file, reasonOf(file) ?? failure.message);
}

/** @param reason why the system does not let us */
export function unusable(file: string, reason: string): BitqlError {
  return new BitqlError(
    'BAD_SETTING',
    `The SQLite file ${file} cannot be opened (${reason}): let this user write it and its folder, or give another --store.`,
  );
}

/** The system's own words; SQLite has only "unable to open". */
function reasonOf(file: string): string | null {
  try {
    closeSync(openSync(file, 'a'));
    accessSync(dirname(file), constants.W_OK);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

export function unavailable(file: string, reason: string): BitqlError {
  return new BitqlError('STORE_UNAVAILABLE', `The SQLite file ${file} cannot be used: ${reason}.`);
}

function isDiskFull(file: string): boolean {
  try {
    const { blocks, bavail, bsize } = statfsSync(dirname(file));
    // What has no blocks at all, such as /proc, is no disk.
    return blocks > 0 && bavail * bsize < HARDLY_ANY_BYTES;
  } catch {
    return false;
  }
}
