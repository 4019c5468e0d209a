import { toHex } from '../chain/bytes.ts';
import { BitqlError } from '../errors.ts';
import { COMMIT_NUMBER_LENGTH, decodeCommitNumber, isArrival } from './commit-number.ts';
import { decodePosition, POSITION_LENGTH } from './position.ts';
import { POSTING_KINDS } from './postings.ts';
import { pageName } from './runs/run.ts';
import type { Table } from './store.ts';

/** What to do about a damaged index: the end of a message. */
const MEND = '"bitql verify-store" lists the damaged heights, "bitql reindex --heights" indexes them again.';

/** The state record, which gives all others their meaning, is damaged or missing. */
export function damagedState(cause?: unknown): BitqlError {
  return new BitqlError(
    'STORE_DAMAGED',
    'The state record of the database cannot be read: restore a backup, or index into another database.',
    cause,
  );
}

/** The structure of a store's file is damaged, so its records cannot be mended one by one. */
export class DamagedFileError extends BitqlError {
  constructor(message: string) {
    super('STORE_DAMAGED', message);
  }
}

/** A record is not as it was written. */
export function damagedRecord(table: Table, key: Uint8Array, cause?: unknown): BitqlError {
  return new BitqlError('STORE_DAMAGED', `The ${recordName(table, key)} is damaged: ${MEND}`, cause);
}

/** A record is missing although the rest of the index refers to it. */
export class MissingRecordError extends BitqlError {
  constructor(table: Table, key: Uint8Array) {
    super('STORE_DAMAGED', `The ${recordName(table, key)} is missing: ${MEND}`);
  }
}

/** @param what has the full disk: a file, or "the database" */
export function storeFull(what: string, cause?: unknown): BitqlError {
  return new BitqlError(
    'STORE_FULL',
    `The disk of ${what} is full: free space or enlarge it, then start again. The indexed blocks stay valid.`,
    cause,
  );
}

/** Names a record in messages, by its table and what its key means. */
export function recordName(table: Table, key: Uint8Array): string {
  return `record of "${table}" for ${meaningOf(table, key)}`;
}

function meaningOf(table: Table, key: Uint8Array): string {
  switch (table) {
    case 'blocks':
    case 'totals':
      return blockAt(key);
    case 'pages':
      return `${blockAt(key)}, page ${new DataView(key.buffer, key.byteOffset + 4, 4).getUint32(0)}`;
    case 'payloads':
      return `${placeAt(key)}, piece ${new DataView(key.buffer, key.byteOffset + POSITION_LENGTH, 4).getUint32(0)}`;
    case 'runPages':
      return pageName(key);
    case 'postings':
    case 'summedPostings':
    case 'pendingPostings':
    case 'removedPostings':
      return postingAt(key);
    case 'departedPostings':
      return postingAt(key.subarray(COMMIT_NUMBER_LENGTH));
    case 'transactionPages':
      return `${placeAt(key)} and the next ones`;
    case 'transactions':
    case 'pending':
    case 'departures':
      return placeAt(key);
    case 'events':
      return commitAt(key);
  }
}

function postingAt(key: Uint8Array): string {
  const kind = Object.entries(POSTING_KINDS).find(([, { tag }]) => tag === key[0])?.[0] ?? 'an unknown kind';
  const at = key.length - POSITION_LENGTH;
  return at < 1 ? `the key ${toHex(key)}` : `${kind} ${toHex(key.subarray(1, at))} of ${placeAt(key.subarray(at))}`;
}

/** @param key begins with a position or the number of an arrival */
function placeAt(key: Uint8Array): string {
  const position = key.subarray(0, POSITION_LENGTH);
  if (isArrival(position)) return `the unconfirmed transaction that came with ${commitAt(position)}`;
  return `${blockAt(position)}, transaction ${decodePosition(position).index}`;
}

function blockAt(key: Uint8Array): string {
  const padded = new Uint8Array(POSITION_LENGTH);
  padded.set(key.subarray(0, 4));
  const { height, fork } = decodePosition(padded);
  return fork === 0 ? `height ${height}` : `height ${height} (fork ${fork})`;
}

function commitAt(key: Uint8Array): string {
  const { epoch, counter } = decodeCommitNumber(key);
  return `commit ${epoch}.${counter}`;
}
