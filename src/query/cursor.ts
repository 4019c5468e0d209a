import { createHash } from 'node:crypto';
import { BitqlError } from '../errors.ts';
import {
  COMMIT_NUMBER_LENGTH,
  type CommitNumber,
  compareCommitNumbers,
  decodeCommitNumber,
  encodeCommitNumber,
  isArrival,
} from '../store/commit-number.ts';
import { CURSOR_FORMS, cursorBytes, notCursor } from '../store/cursor-text.ts';
import { POSITION_LENGTH } from '../store/position.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { BlockRef, ChainState } from '../store/state.ts';
import type { ChainReader } from './reader.ts';

/**
 * A place in an ordered list, together with the snapshot that the list was read from. So all pages of a list show the
 * same chain, whatever is committed between them.
 *
 * Bytes, base64url: version (1), fingerprint of the list (6), tip height (3), tip hash (32, display order), commit number
 * (8), position (8), and, in lists of outputs, the output index (4).
 *
 * The tip's hash is whole, because it decides whether a cursor is still valid. The fingerprint is cut: a clash only means that
 * a cursor of another list is accepted, and a cursor only says where to continue in the list that was asked for.
 */
export interface Cursor {
  readonly tip: BlockRef;
  readonly commit: CommitNumber;
  readonly position: Uint8Array;
  readonly outputIndex: number;
}

/** The snapshot that a cursor belongs to. */
type PlacedAt = Pick<Cursor, 'tip' | 'commit'>;

const { version: VERSION, length: LENGTH } = CURSOR_FORMS.page;
const FINGERPRINT_LENGTH = 6;
const HASH_LENGTH = 32;

/** Identifies a list, or another request, by a hash of its parameters. */
export class Fingerprint {
  readonly #list: unknown;
  #whole: Buffer | undefined;

  /** @param list the parameters of the list, as a value that JSON can represent, with byte arrays */
  constructor(list: unknown) {
    this.#list = list;
  }

  /** The whole hash, an identity: 32 bytes. Computed only when it is needed. */
  get whole(): Buffer {
    this.#whole ??= createHash('sha256').update(this.#text()).digest();
    return this.#whole;
  }

  /** The part that a cursor holds, which is no identity. */
  get short(): Buffer {
    return this.whole.subarray(0, FINGERPRINT_LENGTH);
  }

  #text(): string {
    return JSON.stringify(this.#list, (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    );
  }
}

/** The fingerprint of a list: another one for the present than for an earlier moment. */
export function fingerprintOf(list: readonly unknown[], { snapshot }: ChainReader): Fingerprint {
  return new Fingerprint(snapshot.isPast ? [...list, 'past'] : list);
}

export function encodeCursor(
  list: Fingerprint,
  { tip, commit }: { readonly tip: BlockRef; readonly commit: CommitNumber },
  { position, outputIndex }: { readonly position: Uint8Array; readonly outputIndex: number },
): string {
  const bytes = Buffer.alloc(LENGTH);
  bytes[0] = VERSION;
  list.short.copy(bytes, 1);
  let offset = bytes.writeUIntBE(tip.height, 1 + FINGERPRINT_LENGTH, 3);
  offset += bytes.write(tip.hash, offset, 'hex');
  bytes.set(encodeCommitNumber(commit), offset);
  offset += COMMIT_NUMBER_LENGTH;
  bytes.set(position, offset);
  bytes.writeUInt32BE(outputIndex, offset + POSITION_LENGTH);
  return bytes.toString('base64url');
}

/** @throws BAD_CURSOR if it was changed, or is of another kind or list */
export function decodeCursor(text: string, list: Fingerprint): Cursor {
  const bytes = cursorBytes(text, 'page');
  let offset = 1 + FINGERPRINT_LENGTH;
  if (!bytes.subarray(1, offset).equals(list.short)) {
    throw new BitqlError(
      'BAD_CURSOR',
      'This cursor was returned by another list: it continues the same field, filter and order only. Ask for that list, or ' +
        'leave the cursor out to start this one from its first page.',
    );
  }
  const height = bytes.readUIntBE(offset, 3);
  offset += 3;
  const hash = bytes.toString('hex', offset, offset + HASH_LENGTH);
  offset += HASH_LENGTH;
  const commit = bytes.subarray(offset, offset + COMMIT_NUMBER_LENGTH);
  if (!isArrival(commit)) throw notCursor();
  offset += COMMIT_NUMBER_LENGTH;
  const position = new Uint8Array(bytes.subarray(offset, offset + POSITION_LENGTH));
  return {
    tip: { height, hash },
    commit: decodeCommitNumber(commit),
    position,
    outputIndex: bytes.readUInt32BE(offset + POSITION_LENGTH),
  };
}

/** The most blocks of a stale branch that are followed down to the main chain. */
const MAX_BRANCH = 200;

/** The snapshot of a cursor, as far as its chain is still the main chain. @throws CURSOR_EXPIRED */
export async function snapshotOf(cursor: PlacedAt, reader: ChainReader): Promise<Snapshot> {
  const { tip, commit } = cursor;
  const { snapshot } = reader;
  if (snapshot.isPast) return requireSameTip(tip, snapshot);
  const last = snapshot.state.epochs[commit.epoch];
  // An epoch that is not listed there has no rows left.
  if (compareCommitNumbers(commit, snapshot.commit) > 0 || (last !== undefined && commit.counter > last)) {
    throw new BitqlError(
      'CURSOR_EXPIRED',
      'The cursor is newer than the index, or belongs to another index: start again from the first page.',
    );
  }
  const shared = await reader.lastSharedWith(tip, MAX_BRANCH);
  if (shared === null) throw reorganised();
  return snapshot.asOf(tip, commit, shared < tip.height ? shared : null);
}

/** A list of an earlier moment goes on as long as its block is that moment's. @throws BAD_CURSOR, CURSOR_EXPIRED */
function requireSameTip(tip: BlockRef, snapshot: Snapshot): Snapshot {
  if (tip.hash === snapshot.tip?.hash) return snapshot;
  if (tip.height === snapshot.tip?.height) throw reorganised();
  throw new BitqlError(
    'BAD_CURSOR',
    `This cursor was returned by a list as of block ${tip.height}: give it to the same list within \`at\` of that block.`,
  );
}

export function reorganised(): BitqlError {
  return new BitqlError(
    'CURSOR_EXPIRED',
    'The chain was reorganised below the cursor: start again from the first page.',
  );
}

export function requirePending({ commit }: Snapshot, { swept }: ChainState): void {
  if (swept === null || compareCommitNumbers(commit, swept) >= 0) return;
  throw new BitqlError(
    'CURSOR_EXPIRED',
    'The unconfirmed transactions at the time of the cursor are no longer stored: start again from the first page.',
  );
}
