import { ByteWriter } from '../chain/byte-writer.ts';
import { ByteReader, concatBytes, viewOf } from '../chain/bytes.ts';
import { sha256Prefix } from '../chain/hash.ts';
import { encodePosition, POSITION_LENGTH } from './position.ts';
import type { KeyRange, ReadStore } from './store.ts';

/**
 * The families of postings that not every index has: they came later, or are made only on demand. The state says at which
 * heights an index has all postings of a family.
 */
export const POSTING_FAMILIES = {
  /** by the CashTokens of outputs (BCH) */
  tokens: { isUsual: true },
  /** by the contents of locking scripts that have no address and are no data outputs */
  scripts: { isUsual: true },
  /** by the data in unlocking scripts and witnesses */
  inputs: { isUsual: false },
} as const satisfies Record<string, { /** Whether a new index has it. */ readonly isUsual: boolean }>;

export type PostingFamily = keyof typeof POSTING_FAMILIES;

/** The names of all families. */
export const FAMILY_NAMES = Object.keys(POSTING_FAMILIES) as readonly PostingFamily[];
export const EVERY_FAMILY: ReadonlySet<PostingFamily> = new Set(FAMILY_NAMES);

interface KindOfPosting {
  readonly tag: number;
  /** Of the key, in bytes. */
  readonly length: number;
  /** Missing if every index has the postings. */
  readonly family?: PostingFamily;
}

/**
 * A posting links a key to the position of a transaction or block. The key of its row is kind (1), key (one length for
 * each kind), position (8); so postings of one kind and key are in chain order.
 */
export const POSTING_KINDS = {
  /** first 16 bytes of a block hash */
  block: { tag: 1, length: 16 },
  /** first 16 bytes of a txid; value: when the node took it into its mempool, or nothing */
  txid: { tag: 2, length: 16 },
  /** first 20 bytes of the SHA-256 of a locking script; value: satoshis received and spent */
  lock: { tag: 3, length: 20 },
  /** first 16 bytes of a txid and an output index (4): the transactions that spend that output */
  spend: { tag: 4, length: 20 },
  /** first 4 bytes of a data push, padded with zeros; value: the push's length */
  data4: { tag: 5, length: 4 },
  /** first 8 bytes of a data push */
  data8: { tag: 6, length: 8 },
  /** first 32 bytes of a data push */
  data32: { tag: 7, length: 32 },
  /** no key: every transaction that is not in a block */
  all: { tag: 8, length: 0 },
  /** first 16 bytes of the category of an output's token */
  category: { tag: 9, length: 16, family: 'tokens' },
  /** first 20 bytes of the SHA-256 of category and commitment; not of tokens without a commitment */
  commitment: { tag: 10, length: 20, family: 'tokens' },
  /** first 4 bytes of a plain locking script (`isPlainScript`), padded with zeros; value: the script's length */
  script4: { tag: 11, length: 4, family: 'scripts' },
  /** first 8 bytes of a plain locking script */
  script8: { tag: 12, length: 8, family: 'scripts' },
  /** first 32 bytes of a plain locking script */
  script32: { tag: 13, length: 32, family: 'scripts' },
  /** first 4 bytes of a push inside of a plain locking script (`scriptPushes`), padded with zeros; value: the push's length */
  push4: { tag: 14, length: 4, family: 'scripts' },
  /** first 8 bytes of a push inside of a plain locking script */
  push8: { tag: 15, length: 8, family: 'scripts' },
  /** first 32 bytes of a push inside of a plain locking script */
  push32: { tag: 16, length: 32, family: 'scripts' },
  /** first 4 bytes of data in an input (`inputData`), padded with zeros; value: the data's length */
  input4: { tag: 17, length: 4, family: 'inputs' },
  /** first 8 bytes of data in an input */
  input8: { tag: 18, length: 8, family: 'inputs' },
  /** first 32 bytes of data in an input */
  input32: { tag: 19, length: 32, family: 'inputs' },
} as const satisfies Record<string, KindOfPosting>;

/** Bytes of the txid in the key of a `spend` posting. */
const OUTPOINT_TXID_LENGTH = 16;

export type PostingKind = keyof typeof POSTING_KINDS;

/** The names of all kinds. */
export const KIND_NAMES = Object.keys(POSTING_KINDS) as readonly PostingKind[];

/** The family of a kind of postings; null if every index has them. */
export function familyOf(kind: PostingKind): PostingFamily | null {
  const found: KindOfPosting = POSTING_KINDS[kind];
  return found.family ?? null;
}

/** The lengths of the prefixes by which bytes are indexed, ascending. */
export const RUNGS = [4, 8, 32] as const;
export type Rung = (typeof RUNGS)[number];

/**
 * Bytes that are indexed by their beginning: pushes of data outputs (`data`), plain locking scripts (`script`), pushes inside
 * of these (`push`), and data in inputs (`input`).
 */
export type IndexedBytes = 'data' | 'script' | 'push' | 'input';

/** The kind of the postings of some bytes on a rung. */
export function rungKind(bytes: IndexedBytes, rung: Rung): PostingKind {
  return `${bytes}${rung}`;
}

/** The kind of the postings of the same bytes on the next longer rung; null if there is none. */
export function longerKind(kind: PostingKind): PostingKind | null {
  const next = RUNGS.find((rung) => rung > POSTING_KINDS[kind].length);
  const bytes = (['data', 'script', 'push', 'input'] as const).find((one) => kind.startsWith(one));
  return next === undefined || bytes === undefined ? null : rungKind(bytes, next);
}

/** The prefix of all postings of a kind and key. A longer key is cut, a shorter one padded with zeros. */
export function postingPrefix(kind: PostingKind, key: Uint8Array): Uint8Array {
  const { tag, length } = POSTING_KINDS[kind];
  const prefix = new Uint8Array(1 + length);
  prefix[0] = tag;
  prefix.set(key.subarray(0, length), 1);
  return prefix;
}

export function postingKey(prefix: Uint8Array, position: Uint8Array): Uint8Array {
  const key = new Uint8Array(prefix.length + POSITION_LENGTH);
  key.set(prefix);
  key.set(position, prefix.length);
  return key;
}

/** The postings of a kind and key, from one position to another, both inclusive. */
export function postingRange(prefix: Uint8Array, positions: KeyRange = ALL_POSITIONS): KeyRange {
  return { min: postingKey(prefix, positions.min), max: postingKey(prefix, positions.max) };
}

/** All keys of postings of a kind. */
export function rangeOfKind({ tag, length }: { readonly tag: number; readonly length: number }): KeyRange {
  const min = new Uint8Array(1 + length + POSITION_LENGTH);
  const max = new Uint8Array(min.length).fill(0xff);
  min[0] = max[0] = tag;
  return { min, max };
}

/** The key of a `lock` posting. */
export function lockKey(lockingScript: Uint8Array): Uint8Array {
  return sha256Prefix(lockingScript, POSTING_KINDS.lock.length);
}

/** The key of a `category` posting. @param category 32 bytes in internal order */
export function categoryKey(category: Uint8Array): Uint8Array {
  return category.subarray(0, POSTING_KINDS.category.length);
}

/** The key of a `commitment` posting. @param category 32 bytes in internal order @param commitment not empty */
export function commitmentKey(category: Uint8Array, commitment: Uint8Array): Uint8Array {
  return sha256Prefix(concatBytes(category, commitment), POSTING_KINDS.commitment.length);
}

/** The rungs on which bytes of a length have postings: all that are not longer than they are, and the next longer one. */
export function rungsOf(length: number): Rung[] {
  const next = RUNGS.find((rung) => rung >= length);
  return RUNGS.filter((rung) => rung <= length || rung === next);
}

/** The key of a `spend` posting. */
export function outpointKey(txid: Uint8Array, index: number): Uint8Array {
  return writeOutpoint(txid, index, new ByteWriter(POSTING_KINDS.spend.length)).finish();
}

/** The index of the output in the key of a row with a `spend` posting. */
export function outpointIndex(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset + 1 + OUTPOINT_TXID_LENGTH).getUint32(0);
}

/** Writes the key of a `spend` posting. */
export function writeOutpoint(txid: Uint8Array, index: number, writer: ByteWriter): ByteWriter {
  return writer.padded(txid, OUTPOINT_TXID_LENGTH).u32be(index);
}

/** The position at the end of the key of a posting. */
export function positionOf(key: Uint8Array): Uint8Array {
  return viewOf(key, key.length - POSITION_LENGTH, key.length);
}

const ALL_POSITIONS: KeyRange = {
  min: encodePosition({ height: 0, fork: 0, index: 0 }),
  max: new Uint8Array(POSITION_LENGTH).fill(0xff),
};

/** The value of a `lock` posting: satoshis that one transaction pays to and spends from a locking script. */
export interface LockSums {
  /** Null if it has no spendable output with the script; 0 if it has one without value. */
  readonly received: number | null;
  readonly spent: number;
}

/** Layout: received + 1 (0 for null), spent. */
export function writeLockSums(received: number | null, spent: number, writer: ByteWriter): void {
  writer.compactSize(received === null ? 0 : received + 1).compactSize(spent);
}

export function decodeLockSums(bytes: Uint8Array): LockSums {
  const reader = new ByteReader(bytes);
  const received = reader.compactSize();
  return { received: received === 0 ? null : received - 1, spent: reader.compactSize() };
}

/** The value of a posting on a rung: the length of the bytes; empty if several lengths share the key. */
export function writeIndexedLength(length: number | null, writer: ByteWriter): void {
  if (length !== null) writer.compactSize(length);
}

export function decodeIndexedLength(bytes: Uint8Array): number | null {
  return bytes.length === 0 ? null : new ByteReader(bytes).compactSize();
}

export function writeFirstSeen(seconds: number | null, writer: ByteWriter): void {
  if (seconds !== null) writer.u32(seconds);
}

/** The value of a `txid` posting: when the node took the transaction into its mempool, in unix seconds; empty if unknown. */
export function decodeFirstSeen(bytes: Uint8Array): number | null {
  return bytes.length === 0 ? null : new ByteReader(bytes).u32();
}

/** The most rows that are read for one id: more than forks and duplicates can explain. */
const MAX_CANDIDATES = 64;

/** The positions of the postings of a kind for each key, in chain order. */
export async function positionsFor(
  store: ReadStore,
  kind: PostingKind,
  keys: readonly Uint8Array[],
): Promise<Uint8Array[][]> {
  const ranges = keys.map((key) => postingRange(postingPrefix(kind, key)));
  const pages = await store.scan('postings', ranges, { limit: MAX_CANDIDATES, isSparse: true });
  return pages.map(({ rows }) => rows.map(({ key }) => positionOf(key)));
}

/** As {@link positionsFor}, for the arrivals of unconfirmed transactions, the last first, whether still pending or not. */
export async function arrivalsFor(
  store: ReadStore,
  kind: PostingKind,
  keys: readonly Uint8Array[],
): Promise<Uint8Array[][]> {
  const ranges = keys.map((key) => postingRange(postingPrefix(kind, key)));
  const pages = await store.scan('pendingPostings', ranges, { limit: MAX_CANDIDATES, reverse: true });
  return pages.map(({ rows }) => rows.map(({ key }) => positionOf(key)));
}
