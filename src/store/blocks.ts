import { ByteWriter } from '../chain/byte-writer.ts';
import { ByteReader, concatBytes, fromHex, toHex } from '../chain/bytes.ts';
import { type BlockHeader, parseHeader } from '../chain/header.ts';
import { MissingRecordError } from './errors.ts';
import { blockKey, MAX_FORK, MAX_INDEX, type Position, pageKey } from './position.ts';
import { scanPages } from './scan-pages.ts';
import type { ReadStore } from './store.ts';

/**
 * A block's identity, which is known before its transactions are. Writing this record under the next free
 * (height, fork) gives the block its fork.
 */
export interface BlockRecord {
  /** Internal byte order. */
  readonly hash: Uint8Array;
  readonly header: BlockHeader;
  /** Work of the whole chain up to this block; null if the blocks before it are not known. */
  readonly chainWork: bigint | null;
  /** Median time past, in seconds, which never decreases along a chain. Null if the blocks before it are not known. */
  readonly medianTime: number | null;
  /** The highest header time from the start of the index to this block. With the median it bounds searches by time. */
  readonly maxTime: number;
}

/** Layout: hash (32), header (80), chain work (32, big-endian), median time (4), highest time (4); 0 for null. */
export function encodeBlock({ hash, header, chainWork, medianTime, maxTime }: BlockRecord): Uint8Array {
  return new ByteWriter(152)
    .bytes(hash)
    .bytes(header.bytes)
    .bytes(fromHex((chainWork ?? 0n).toString(16).padStart(64, '0')))
    .u32(medianTime ?? 0)
    .u32(maxTime)
    .finish();
}

export function decodeBlock(bytes: Uint8Array): BlockRecord {
  const reader = new ByteReader(bytes);
  return {
    hash: reader.bytes(32),
    header: parseHeader(reader.bytes(80)),
    chainWork: BigInt(`0x${toHex(reader.bytes(32))}`) || null,
    medianTime: reader.u32() || null,
    maxTime: reader.u32(),
  };
}

/** Counts, sizes (bytes) and sums (satoshis) of a block. Written last, when all its transactions are. */
export interface BlockTotals {
  readonly size: number;
  readonly strippedSize: number;
  readonly transactionCount: number;
  readonly inputCount: number;
  readonly outputCount: number;
  readonly outputValue: number;
  /** Null if a spent output is not known. */
  readonly fees: number | null;
}

export function encodeTotals(totals: BlockTotals): Uint8Array {
  return new ByteWriter(64)
    .compactSize(totals.size)
    .compactSize(totals.strippedSize)
    .compactSize(totals.transactionCount)
    .compactSize(totals.inputCount)
    .compactSize(totals.outputCount)
    .compactSize(totals.outputValue)
    .compactSize(totals.fees === null ? 0 : totals.fees + 1)
    .finish();
}

export function decodeTotals(bytes: Uint8Array): BlockTotals {
  const reader = new ByteReader(bytes);
  const totals = {
    size: reader.compactSize(),
    strippedSize: reader.compactSize(),
    transactionCount: reader.compactSize(),
    inputCount: reader.compactSize(),
    outputCount: reader.compactSize(),
    outputValue: reader.compactSize(),
  };
  const fees = reader.compactSize();
  return { ...totals, fees: fees === 0 ? null : fees - 1 };
}

/** A page holds 2^10 transaction ids, so that it is a subtree of the block's merkle tree. */
export const PAGE_LEVELS = 10;
export const PAGE_LENGTH = 2 ** PAGE_LEVELS;

/**
 * Consecutive transaction ids of a block (internal byte order), with the root of their merkle subtree. The roots of all
 * pages are the leaves of the upper tree; the root of a single page is that of the block.
 */
export interface TxidPage {
  readonly root: Uint8Array;
  readonly txids: readonly Uint8Array[];
}

/** Layout: root (32), then 32 bytes for each id. */
export function encodePage({ root, txids }: TxidPage): Uint8Array {
  return concatBytes(root, ...txids);
}

export function decodePage(bytes: Uint8Array): TxidPage {
  const reader = new ByteReader(bytes);
  const root = reader.bytes(32);
  const txids: Uint8Array[] = [];
  while (reader.remaining > 0) txids.push(reader.bytes(32));
  return { root, txids };
}

/** All blocks known at each height, by fork, whether on the main chain or not. */
export async function blocksAtHeights(store: ReadStore, heights: readonly number[]): Promise<BlockRecord[][]> {
  const ranges = heights.map((height) => ({ min: blockKey(height, 0), max: blockKey(height, MAX_FORK) }));
  const pages = await store.scan('blocks', ranges, { limit: MAX_FORK + 1 });
  return pages.map(({ rows }) => rows.map(({ value }) => decodeBlock(value)));
}

/** The record of an indexed block. @throws STORE_DAMAGED if it is missing */
export async function blockRecord(
  store: Pick<ReadStore, 'get'>,
  { height, fork }: Pick<Position, 'height' | 'fork'>,
): Promise<BlockRecord> {
  const key = blockKey(height, fork);
  const [value] = await store.get('blocks', [key]);
  if (value == null) throw new MissingRecordError('blocks', key);
  return decodeBlock(value);
}

/** Pages of 1,024 ids that are read at once. */
const PAGES = 64;

/** The ids of a stored block's transactions, in its order. */
export async function* txidsOf(
  { height, fork }: Pick<Position, 'height' | 'fork'>,
  store: Pick<ReadStore, 'scan'>,
): AsyncGenerator<Uint8Array> {
  const range = { min: pageKey(height, fork, 0), max: pageKey(height, fork, MAX_INDEX) };
  for await (const { rows } of scanPages(store, 'pages', range, PAGES)) {
    for (const { value } of rows) yield* decodePage(value).txids;
  }
}
