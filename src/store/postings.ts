import { ByteWriter } from '../chain/bytes.ts';
import { sha256Prefix } from '../chain/hash.ts';
import { encodePosition, POSITION_LENGTH } from './position.ts';
import type { KeyRange } from './store.ts';

/**
 * A posting says that a transaction (by its position) or a block has something to do with a key. Its own key is
 * kind (1), key (one length for each kind), position (8); postings of one kind and key are in chain order.
 */
export const POSTING_KINDS = {
  /** first 16 bytes of a block hash */
  block: { tag: 1, length: 16 },
  /** first 16 bytes of a txid; value: when the node took it into its mempool, or nothing */
  txid: { tag: 2, length: 16 },
  /** first 20 bytes of the SHA-256 of a locking script; value: satoshis received and spent */
  lock: { tag: 3, length: 20 },
  /** first 16 bytes of a txid and an output index (4): who spends that output */
  spend: { tag: 4, length: 20 },
  /** first 4 bytes of a data push, padded with zeros; value: the push's length */
  token4: { tag: 5, length: 4 },
  /** first 8 bytes of a data push */
  token8: { tag: 6, length: 8 },
  /** first 32 bytes of a data push */
  token32: { tag: 7, length: 32 },
  /** nothing: every transaction that is not in a block */
  all: { tag: 8, length: 0 },
} as const satisfies Record<string, { tag: number; length: number }>;

/** Bytes of the txid in the key of a `spend` posting. */
const OUTPOINT_TXID_LENGTH = 16;

export type PostingKind = keyof typeof POSTING_KINDS;

/** The lengths of data push prefixes that are indexed, ascending. */
export const TOKEN_RUNGS = [4, 8, 32] as const;
export type TokenRung = (typeof TOKEN_RUNGS)[number];

export function tokenKind(rung: TokenRung): PostingKind {
  return `token${rung}`;
}

/** The bytes that all postings of a kind and key begin with. A longer key is cut, a shorter one padded with zeros. */
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

/** The keys of the token postings that a push of data has: its prefixes, and itself on the next longer rung. */
export function tokenRungs(length: number): TokenRung[] {
  const next = TOKEN_RUNGS.find((rung) => rung >= length);
  return TOKEN_RUNGS.filter((rung) => rung <= length || rung === next);
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

/** The position at the end of a posting's key. */
export function positionOf(key: Uint8Array): Uint8Array {
  return key.subarray(key.length - POSITION_LENGTH);
}

const ALL_POSITIONS: KeyRange = {
  min: encodePosition({ height: 0, fork: 0, index: 0 }),
  max: new Uint8Array(POSITION_LENGTH).fill(0xff),
};
