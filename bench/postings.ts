import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { RowPacker } from '../src/store/packed-rows.ts';
import { encodePosition } from '../src/store/position.ts';
import { type PostingKind, postingPrefix, postingRange } from '../src/store/postings.ts';
import { SEGMENTS, type SegmentOptions } from '../src/store/sqlite/segments/catalogue.ts';
import { SqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import type { ChainStore, KeyRange, PackedRows } from '../src/store/store.ts';

const MIB = 1024 * 1024;
/** A batch of the indexer: 8 MiB of blocks. */
const BATCH_TRANSACTIONS = 20_000;
const BLOCK_TRANSACTIONS = 2_000;
/** The approximate number of postings of a transaction. */
const POSTINGS: readonly PostingKind[] = [
  ...(['txid', 'spend', 'spend', 'lock', 'lock', 'lock', 'lock'] as const),
  ...(['data4', 'data8', 'data32', 'data32'] as const),
];
/** One lock of each transaction has this many transactions, spread over the chain. */
const LIST_LENGTH = 25;
/** The approximate size of a posting in a page, with its overhead, in bytes. */
const POSTING_BYTES = 44;
/** How many times larger than the page cache the tree gets. */
const BEYOND_CACHE = 8;
const IN_FLIGHT = 2;
const MEASURE_MS = 3_000;

interface Figures {
  /** Overall, in the first eighth (in which the tree fits into the cache), in the slowest and in the last. */
  readonly rows_per_second: number;
  readonly first_rows_per_second: number;
  readonly slowest_rows_per_second: number;
  readonly last_rows_per_second: number;
  /** The time from the last write until idle merging had nothing left to do. */
  readonly settled_after_s: number;
  /** Ranges of one key a second, 500 in a call. */
  readonly found_per_second: number;
  readonly missing_per_second: number;
  readonly lists_per_second: number;
  readonly mib_on_disk: number;
  readonly segments: number;
}

export const OPTIONS = {
  transactions: { type: 'string' },
  cache: { type: 'string', default: '64' },
  rows: { type: 'string', default: String(SEGMENTS.rows) },
  fanout: { type: 'string', default: String(SEGMENTS.fanout) },
} as const;

/**
 * Writes postings as the indexer does, into segments and into one plain tree (a segment that is never closed), until
 * that is many times larger than the page cache of the connection that writes; then looks them up.
 */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const cacheMiB = Number(values.cache);
  const fitting = (BEYOND_CACHE * cacheMiB * MIB) / (POSTINGS.length * POSTING_BYTES);
  const transactions = Number(values.transactions ?? Math.ceil(fitting / BATCH_TRANSACTIONS) * BATCH_TRANSACTIONS);
  const segments = { ...SEGMENTS, rows: Number(values.rows), fanout: Number(values.fanout) };
  const results = {
    segments: await measure(transactions, cacheMiB, segments),
    'one tree': await measure(transactions, cacheMiB, { ...SEGMENTS, rows: Number.POSITIVE_INFINITY }),
  };
  console.table(results);
  console.log(JSON.stringify({ bench: 'postings', transactions, cacheMiB, ...segments, results }));
}

async function measure(transactions: number, cacheMiB: number, segments: SegmentOptions): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-bench-'));
  const file = join(folder, 'chain.db');
  // Half of it is for the connection that reads.
  const store = await SqliteStore.open(file, { cacheMiB: 2 * cacheMiB, segments });
  try {
    const speeds = await write(store, transactions);
    const settled = await timed(() => untilMerged(file));
    return {
      ...speeds,
      settled_after_s: Number(settled.toFixed(1)),
      found_per_second: await lookUp(store, 500, () => txidRange(below(transactions))),
      missing_per_second: await lookUp(store, 500, () => txidRange(transactions + below(2 ** 31))),
      lists_per_second: await lookUp(store, 100, () => listRange(below(listCount(transactions)))),
      mib_on_disk: Math.round(statSync(file).size / MIB),
      segments: segmentCount(file, ''),
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

type Speeds = Pick<
  Figures,
  'rows_per_second' | 'first_rows_per_second' | 'slowest_rows_per_second' | 'last_rows_per_second'
>;

/** With as many writes under way as the indexer has. */
async function write(store: ChainStore, transactions: number): Promise<Speeds> {
  const ends = [performance.now()];
  const pending: Promise<void>[] = [];
  for (let first = 0; first < transactions; first += BATCH_TRANSACTIONS) {
    const rows = batchOf(first, transactions);
    if (pending.length === IN_FLIGHT) await pending.shift();
    pending.push(store.write(new Map([['postings', rows]])).then(() => void ends.push(performance.now())));
  }
  await Promise.all(pending);
  return speedsOf(ends);
}

/** @param ends when each batch was written, in milliseconds after the start */
function speedsOf(ends: readonly number[]): Speeds {
  const batches = ends.length - 1;
  const part = Math.max(1, Math.floor(batches / BEYOND_CACHE));
  const speed = (from: number, to: number): number =>
    Math.round(((to - from) * BATCH_TRANSACTIONS * POSTINGS.length) / ((ends[to]! - ends[from]!) / 1_000));
  const parts = Array.from({ length: batches - part + 1 }, (_, from) => speed(from, from + part));
  return {
    rows_per_second: speed(0, batches),
    first_rows_per_second: parts[0]!,
    slowest_rows_per_second: Math.min(...parts),
    last_rows_per_second: parts.at(-1)!,
  };
}

function batchOf(first: number, transactions: number): PackedRows {
  const packer = new RowPacker();
  for (let number = first; number < first + BATCH_TRANSACTIONS; number++) {
    const position = positionOf(number);
    for (const [i, kind] of POSTINGS.entries()) {
      const prefix =
        kind === 'txid'
          ? txidPrefix(number)
          : i === 3
            ? lockPrefix(number % listCount(transactions))
            : postingPrefix(kind, hash(number, i));
      packer.bytes.bytes(prefix).bytes(position);
      packer.endKey();
      if (kind === 'lock') packer.bytes.compactSize(0).compactSize(number);
      packer.endRow();
    }
  }
  return packer.finish();
}

function positionOf(number: number): Uint8Array {
  return encodePosition({
    height: Math.floor(number / BLOCK_TRANSACTIONS),
    fork: 0,
    index: number % BLOCK_TRANSACTIONS,
  });
}

function txidPrefix(number: number): Uint8Array {
  return postingPrefix('txid', hash(number, 0));
}

function lockPrefix(list: number): Uint8Array {
  return postingPrefix('lock', hash(list, 3));
}

function listCount(transactions: number): number {
  return Math.ceil(transactions / LIST_LENGTH);
}

/** 32 bytes that look random and are the same each time. */
function hash(number: number, salt: number): Uint8Array {
  const words = new Uint32Array(8);
  for (let i = 0; i < words.length; i++) words[i] = mixed(mixed(number) ^ (0x9e37_79b9 * (8 * salt + i + 1)));
  return new Uint8Array(words.buffer);
}

/** MurmurHash3's finalizer. */
function mixed(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

function txidRange(number: number): KeyRange {
  return postingRange(txidPrefix(number));
}

function listRange(list: number): KeyRange {
  return postingRange(lockPrefix(list));
}

function below(count: number): number {
  return Math.floor(Math.random() * count);
}

/** Ranges a second, read backwards like the newest transactions of an address. */
async function lookUp(store: ChainStore, rangesPerCall: number, range: () => KeyRange): Promise<number> {
  const end = performance.now() + MEASURE_MS;
  let ms = 0;
  let ranges = 0;
  while (performance.now() < end) {
    const asked = Array.from({ length: rangesPerCall }, range);
    ms += await timed(() => store.scan('postings', asked, { limit: 64, reverse: true }), 1);
    ranges += rangesPerCall;
  }
  return Math.round(ranges / (ms / 1_000));
}

/** @returns seconds, or those divided by a unit */
async function timed(run: () => Promise<unknown>, unitMs = 1_000): Promise<number> {
  const start = performance.now();
  await run();
  return (performance.now() - start) / unitMs;
}

async function untilMerged(file: string): Promise<void> {
  while (segmentCount(file, `WHERE state = 'source'`) > 0) await delay(20);
}

function segmentCount(file: string, where: string): number {
  const db = new DatabaseSync(file);
  try {
    return Number(db.prepare(`SELECT count(*) AS count FROM segments ${where}`).get()!.count);
  } finally {
    db.close();
  }
}
