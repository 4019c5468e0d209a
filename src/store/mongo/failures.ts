import {
  MongoBulkWriteError,
  MongoError,
  MongoInvalidArgumentError,
  MongoMissingCredentialsError,
  MongoParseError,
} from 'mongodb';
import { BitqlError } from '../../errors.ts';
import { wrongAddress } from '../../wrong-address.ts';
import { storeFull } from '../store-full.ts';

/** Unauthorized, AuthenticationFailed. */
const REFUSALS = new Set([13, 18]);
/** FailedToParse, CommandNotFound, InvalidOptions, InvalidNamespace: the same question is refused again. */
const FINAL = new Set([9, 59, 72, 73]);
/** "Unrecognized pipeline stage name". */
const UNKNOWN_STAGE = 40_324;
/** MaxTimeMSExpired. */
const TIME_IS_UP = 50;
/** OutOfDiskSpace: of MongoDB, and of DocumentDB where PostgreSQL says so (SQLSTATE 53100). */
const OUT_OF_DISK_SPACE = 14_031;
/**
 * How servers say it under another code: the system's own words, which PostgreSQL passes on; DocumentDB, once it only
 * reads (10107); Atlas, of a quota (8000).
 */
const FULL = /No space left on device|\bdisk being full\b|over your space quota/;

/** What the driver throws, as ours. Its messages name hosts, never a password. */
export function mongoError(error: unknown): unknown {
  if (!(error instanceof MongoError) && !isSystemError(error)) return error;
  if (REFUSALS.has(Number(error.code))) {
    return new BitqlError(
      'STORE_UNAUTHORIZED',
      `MongoDB refuses the user of the store's URI: ${error.message}.`,
      error,
    );
  }
  if (error.code === TIME_IS_UP) return new BitqlError('TIMEOUT', 'MongoDB did not find it in time.', error);
  if (error instanceof MongoError && saysFull(error)) return storeFull('the database', error);
  if (error.code === UNKNOWN_STAGE) {
    const cure = 'take MongoDB 4.4 or newer, or another server that has all that BitQL asks for';
    return new BitqlError(
      'BAD_SETTING',
      `The store's server does not do as MongoDB does (${error.message}): ${cure}.`,
      error,
    );
  }
  if (isMistake(error)) {
    return new BitqlError('BAD_SETTING', `The store's MongoDB URI cannot be used: ${error.message}.`, error);
  }
  const wrong = wrongAddress(error);
  if (wrong !== null) return new BitqlError('STORE_UNAVAILABLE', `MongoDB cannot be reached: ${wrong.cure}.`, error);
  return new BitqlError('STORE_UNAVAILABLE', `MongoDB does not answer as it should: ${error.message}.`, error);
}

/** Of the URI: what the driver finds in it, a file that it names and that cannot be read, or what the server does not know. */
function isMistake(error: MongoError | NodeJS.ErrnoException): boolean {
  if (error instanceof MongoError && FINAL.has(Number(error.code))) return true;
  if ('syscall' in error && error.syscall === 'open') return true;
  return [MongoInvalidArgumentError, MongoMissingCredentialsError, MongoParseError].some(
    (kind) => error instanceof kind,
  );
}

/** The driver lets some failures of the platform pass as they are, such as those of an SRV look-up. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

/** Of the rows of a batch, the first that failed may only have been there already. */
function saysFull(error: MongoError): boolean {
  const failures = error instanceof MongoBulkWriteError ? [error, ...writeErrorsOf(error)] : [error];
  return failures.some(({ code, message }) => code === OUT_OF_DISK_SPACE || FULL.test(message));
}

function writeErrorsOf({ writeErrors }: MongoBulkWriteError): { code: number; message: string }[] {
  const all = Array.isArray(writeErrors) ? writeErrors : [writeErrors];
  return all.map(({ code, errmsg }) => ({ code, message: errmsg ?? '' }));
}
