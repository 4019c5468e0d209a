import { ByteWriter } from '../chain/byte-writer.ts';
import { ByteReader, mapKey } from '../chain/bytes.ts';
import { dataPushes, isData } from '../chain/data.ts';
import { sha256Prefix } from '../chain/hash.ts';
import type { Network } from '../chain/networks.ts';
import { isUnspendable } from '../chain/script.ts';
import type { Transaction } from '../chain/transaction.ts';
import { encodePosition, POSITION_LENGTH } from './position.ts';
import type { KeyRange, ReadStore } from './store.ts';

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
  token4: { tag: 5, length: 4 },
  /** first 8 bytes of a data push */
  token8: { tag: 6, length: 8 },
  /** first 32 bytes of a data push */
  token32: { tag: 7, length: 32 },
  /** no key: every transaction that is not in a block */
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

/** The rungs on which a push of data has postings: all that are not longer than the push, and the next longer one. */
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

/** The position at the end of the key of a posting. */
export function positionOf(key: Uint8Array): Uint8Array {
  return key.subarray(key.length - POSITION_LENGTH);
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

/** The value of a token posting: the length of the push; empty if pushes of several lengths share the key. */
export function writeTokenLength(length: number | null, writer: ByteWriter): void {
  if (length !== null) writer.compactSize(length);
}

export function decodeTokenLength(bytes: Uint8Array): number | null {
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

/** The parts of a transaction that match keys are made from. */
export interface Matchable {
  readonly transaction: Transaction;
  /** The known locking scripts of the outputs that it spends. */
  readonly spentScripts: Iterable<Uint8Array>;
  /** The height of its block; for an unconfirmed transaction, that of the next block. */
  readonly height: number;
}

/**
 * The prefixes of a transaction's `lock` and token postings, each once. Events carry them, so that readers find interested
 * subscribers without reading the transaction.
 */
export function matchKeys({ transaction, spentScripts, height }: Matchable, network: Network): Uint8Array[] {
  const keys = new Map<string, Uint8Array>();
  const add = (key: Uint8Array) => keys.set(mapKey(key), key);
  for (const { lockingScript } of transaction.outputs) {
    if (!isUnspendable(lockingScript, network, height)) add(postingPrefix('lock', lockKey(lockingScript)));
    for (const push of dataPushes(lockingScript) ?? []) {
      if (!isData(push)) continue;
      for (const rung of tokenRungs(push.data.length)) add(postingPrefix(tokenKind(rung), push.data));
    }
  }
  for (const script of spentScripts) add(postingPrefix('lock', lockKey(script)));
  return [...keys.values()];
}
