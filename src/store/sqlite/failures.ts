import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { BitqlError } from '../../errors.ts';
import { DamagedFileError } from '../damage.ts';
import { storeFull } from '../store-full.ts';
import type { SqliteFailure } from './messages.ts';

/** SQLite result codes (low byte) after which the same call may succeed later: BUSY, LOCKED, IOERR, CANTOPEN. */
const TRANSIENT_CODES = new Set([5, 6, 10, 14]);
const FULL = 13;
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

export function unavailable(file: string, reason: string): BitqlError {
  return new BitqlError('STORE_UNAVAILABLE', `The SQLite file ${file} cannot be used: ${reason}.`);
}

function isDiskFull(file: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(file));
    return bavail * bsize < HARDLY_ANY_BYTES;
  } catch {
    return false;
  }
}
