import {
  MongoAPIError,
  MongoBulkWriteError,
  MongoCompatibilityError,
  MongoError,
  MongoInvalidArgumentError,
  MongoMissingCredentialsError,
  MongoMissingDependencyError,
  MongoNetworkError,
  MongoParseError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { BitqlError, type ErrorCode } from '../../errors.ts';
import { networkFailure, wrongAddress } from '../../failures/network.ts';
import { fileFailure } from '../../failures/system.ts';
import { storeFull } from '../errors.ts';

/** The meaning of a failure: its code, and a sentence without its full stop. */
type Meaning = readonly [ErrorCode, string];

const NO_PRIMARY =
  'MongoDB has no primary to write to at the moment: it elects one by itself if most members of its replica set are running';
const NOT_IN_TIME = 'MongoDB does not answer in time. Is it overloaded, or is its disk slow?';
const OLD_SERVER =
  'use MongoDB 4.4 or newer, or another server that supports all that BitQL needs, and check the options of the URI';
const LOGIN = "check USER:PASSWORD@ and authSource, the user's database";
/** A broken connection, which the driver replaces. */
const LOST = 'MongoDB does not answer: the connection was cut off. Is it running, and is the address in --store right?';

/** The meanings of a server's error codes (MongoDB: src/mongo/base/error_codes.yml). */
const ANSWERS: Readonly<Record<number, Meaning>> = {
  13: [
    'STORE_UNAUTHORIZED',
    'The user in the store\'s MongoDB URI may not use its database: give that user the role "readWrite" there',
  ],
  18: ['STORE_UNAUTHORIZED', `MongoDB refuses the user and password of the store's URI: ${LOGIN}`],
  50: ['TIMEOUT', 'MongoDB did not answer in time'],
  89: ['STORE_UNAVAILABLE', NOT_IN_TIME],
  262: ['STORE_UNAVAILABLE', NOT_IN_TIME],
  91: ['STORE_UNAVAILABLE', 'MongoDB is shutting down: start it again'],
  11600: ['STORE_UNAVAILABLE', 'MongoDB is shutting down: start it again'],
  189: ['STORE_UNAVAILABLE', NO_PRIMARY],
  10107: ['STORE_UNAVAILABLE', NO_PRIMARY],
  11602: ['STORE_UNAVAILABLE', NO_PRIMARY],
  13435: ['STORE_UNAVAILABLE', NO_PRIMARY],
  13436: ['STORE_UNAVAILABLE', NO_PRIMARY],
};
/** FailedToParse, CommandNotFound, InvalidOptions, InvalidNamespace, "Unrecognized pipeline stage name": the same question is refused again. */
const FINAL = new Set([9, 59, 72, 73, 40_324]);
/** OutOfDiskSpace: used by MongoDB, and by DocumentDB for PostgreSQL's SQLSTATE 53100. */
const OUT_OF_DISK_SPACE = 14_031;
/**
 * A full disk under another code: the system's own words, which PostgreSQL passes on; DocumentDB when it has become
 * read-only (10107); Atlas for a quota (8000).
 */
const FULL = /No space left on device|\bdisk being full\b|over your space quota/;
/** Atlas reports code 18 as 8000 with this text. */
const BAD_LOGIN = /^bad auth\b/i;
/** The message of a server without users. */
const NO_LOGIN = /\bsaslStart\b/;
/** The system's code for a file that holds no certificates. */
const NO_PEM = /^ERR_OSSL_/;

/** Our error for one that the driver throws. The words of driver and server are repeated only if they say what to change. */
export function mongoError(error: unknown): unknown {
  if (!(error instanceof MongoError) && !isSystemError(error)) return error;
  if (error instanceof MongoError && saysFull(error)) return storeFull('the database', error);
  if (isMistake(error)) return unusableUri(error);
  const [code, meaning] = meaningOf(error);
  return new BitqlError(code, `${meaning}${/[.?]$/.test(meaning) ? '' : '.'}`, error);
}

/** The error for a URI that the driver refuses, before or when it connects. Its words are repeated, because they name options. */
export function unusableUri(error: unknown): BitqlError {
  const detail = (error as Error).message.replace(/\.$/, '');
  return new BitqlError(
    'BAD_SETTING',
    `The store's MongoDB URI cannot be used (${detail}): write it as mongodb://USER:PASSWORD@HOST:27017/DATABASE, ` +
      'with % / ? # @ and : in the password as %25 %2F %3F %23 %40 and %3A.',
    error,
  );
}

function meaningOf(error: MongoError | NodeJS.ErrnoException): Meaning {
  if (error instanceof MongoServerError) {
    // The driver wraps what broke a batch, such as a lost connection, as if the server had answered it.
    const { errorResponse } = error;
    return errorResponse instanceof MongoError ? meaningOf(errorResponse) : meaningOfAnswer(error);
  }
  if (isFileError(error)) {
    return [
      'BAD_SETTING',
      `${error.path}, which is named in the store's MongoDB URI, cannot be used: ${fileFailure(error)}`,
    ];
  }
  if (NO_PEM.test(String(error.code))) {
    return ['BAD_SETTING', "A certificate file in the store's MongoDB URI is not a PEM file, or needs a password"];
  }
  const wrong = wrongAddress(error);
  if (wrong !== null) return ['STORE_UNAVAILABLE', `MongoDB cannot be reached: ${wrong.cure}`];
  const outage = networkFailure(error);
  if (outage !== null) {
    return [
      'STORE_UNAVAILABLE',
      `MongoDB does not answer: ${outage}. Is it running, and is the address in --store right?`,
    ];
  }
  return meaningOfDriver(error);
}

/** The meaning of an error that the driver raises itself, by its class. */
function meaningOfDriver(error: Error): Meaning {
  if (error instanceof MongoServerSelectionError) {
    if (isSilent(error)) return ['STORE_UNAVAILABLE', NOT_IN_TIME];
    const cure = 'check replicaSet in the URI, and the state of the set (rs.status())';
    return [
      'STORE_UNAVAILABLE',
      `MongoDB does not answer: none of the servers in the store's URI is or becomes a primary: ${cure}`,
    ];
  }
  if (error instanceof MongoCompatibilityError) {
    return ['BAD_SETTING', `The store's server does not behave like MongoDB: ${OLD_SERVER}`];
  }
  if (error instanceof MongoNetworkError || error instanceof MongoAPIError) return ['STORE_UNAVAILABLE', LOST];
  return ['STORE_UNAVAILABLE', `MongoDB returned an unexpected error (${error.message.replace(/\.$/, '')})`];
}

function meaningOfAnswer({ code, codeName, message }: MongoServerError): Meaning {
  const known = ANSWERS[Number(code)];
  if (known !== undefined) return known;
  if (BAD_LOGIN.test(message)) return ANSWERS[18]!;
  if (NO_LOGIN.test(message)) {
    return ['BAD_SETTING', "The store's server has no users, but its MongoDB URI names one: leave USER:PASSWORD@ out"];
  }
  const said = `${codeName ?? code}: ${message.replace(/\.$/, '')}`;
  if (FINAL.has(Number(code))) {
    return ['BAD_SETTING', `The store's server does not behave like MongoDB (${said}): ${OLD_SERVER}`];
  }
  return ['STORE_UNAVAILABLE', `MongoDB returned an unexpected error (${said}): look at its log`];
}

/** Whether no server has answered yet. */
function isSilent({ reason }: MongoServerSelectionError): boolean {
  return [...(reason?.servers.values() ?? [])].every(({ type }) => type === 'Unknown');
}

/** Whether the driver found a mistake in the URI. */
function isMistake(error: Error): boolean {
  return [MongoInvalidArgumentError, MongoMissingCredentialsError, MongoMissingDependencyError, MongoParseError].some(
    (kind) => error instanceof kind,
  );
}

/** Whether a file that the URI names could not be read. Certificates and keys are opened when it connects. */
function isFileError(error: Error): error is NodeJS.ErrnoException {
  return 'syscall' in error && (error.syscall === 'open' || error.syscall === 'read');
}

/** The driver passes some failures of the platform on, such as those of an SRV look-up or a certificate. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && ('syscall' in error || NO_PEM.test(String((error as NodeJS.ErrnoException).code)));
}

/** Looks at all failures of a batch: the first may only be a duplicate key. */
function saysFull(error: MongoError): boolean {
  const failures = error instanceof MongoBulkWriteError ? [error, ...writeErrorsOf(error)] : [error];
  return failures.some(({ code, message }) => code === OUT_OF_DISK_SPACE || FULL.test(message));
}

function writeErrorsOf({ writeErrors }: MongoBulkWriteError): { code: number; message: string }[] {
  const all = Array.isArray(writeErrors) ? writeErrors : [writeErrors];
  return all.map(({ code, errmsg }) => ({ code, message: errmsg ?? '' }));
}
