import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { STAGES, type Stage } from '../indexer/progress.ts';
import type { ChainFiles } from './chain/chain-files.ts';
import { chainFiles } from './chain/make-chain.ts';
import { OwnDocumentDb } from './database/own-documentdb.ts';
import { run } from './sync/child.ts';
import { mongoPlace, type Place, sqlitePlace } from './sync/places.ts';
import type { RowCounts } from './sync/recorded-batches.ts';
import type { RunOptions, RunResult } from './sync/run.ts';

const MIB = 1024 * 1024;
/** Large enough for all outputs of the chain, so that there are no look-ups. */
const ALL_OUTPUTS_MIB = 1_024;
const LARGE_CACHE_MIB = 1_024;
/** How many times larger than its cache a tree is. */
const BEYOND_CACHE = 8;

interface Figures {
  readonly transactions_per_second: number;
  /** The same for only writing the same rows, in the same batches. */
  readonly ceiling: number;
  readonly ratio: number;
  readonly peak_mib: number;
  readonly disk_per_chain: number;
  /** On disk, of a row of any table, and of a posting in the runs that count. */
  readonly bytes_a_row: number;
  readonly bytes_a_posting: number;
  /** Processor time of a transaction, in microseconds, of the indexer and the database's server together. */
  readonly processor_us: number;
  readonly runs: number;
  readonly lookups: number;
  readonly stages: Record<Stage, number>;
}

export const OPTIONS = {
  transactions: { type: 'string', default: '500000' },
  store: { type: 'string', default: 'sqlite,mongodb' },
} as const;

/** Indexes a chain from block files into each store, and separately only writes the rows that this produces. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const chain = await chainFiles({ transactions: Number(values.transactions) });
  const folder = mkdtempSync(join(tmpdir(), 'bitql-bench-'));
  try {
    const bench = await Bench.record(chain, join(folder, 'batches'));
    const results: Record<string, Figures> = {};
    for (const store of values.store.split(',')) Object.assign(results, await bench.measure(store));
    print(results, chain);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Opens a new place. Beyond memory, the system caches nothing of it: with direct I/O, or because it is made to forget SQLite's file. */
type Open = (cacheMiB: number, isBeyondMemory: boolean) => Promise<Place>;

interface Synced extends RunResult {
  readonly size: number;
  readonly runSize: number;
}

class Bench {
  readonly #chain: ChainFiles;
  readonly #batches: string;
  readonly #rows: RowCounts;
  /** A posting's key, value and the pointer to it, roughly; and the outputs that the indexer could cache. */
  readonly #treeMiB: number;

  private constructor(chain: ChainFiles, batches: string, rows: RowCounts) {
    this.#chain = chain;
    this.#batches = batches;
    this.#rows = rows;
    this.#treeMiB = Math.ceil((rows.postings! * BYTES_PER_POSTING) / MIB);
  }

  static async record(chain: ChainFiles, batches: string): Promise<Bench> {
    console.error('recording the rows');
    const place = sqlitePlace(LARGE_CACHE_MIB);
    const { rows } = await run({ kind: 'record', ...common(chain, place, batches, ALL_OUTPUTS_MIB) });
    await place.remove();
    return new Bench(chain, batches, rows!);
  }

  /**
   * With all postings in the database's cache, if each were a row, and beyond it; then also with more outputs than the indexer's cache
   * holds, so that many are looked up; and at last without the cache of the system. Nothing if the store is missing.
   */
  async measure(store: string): Promise<Record<string, Figures>> {
    if (store === 'sqlite')
      return this.#measureIn(store, async (mib, isBeyondMemory) => sqlitePlace(mib, isBeyondMemory));
    await using server = OwnDocumentDb.create();
    if (server !== null) return await this.#measureIn(store, (mib, isDirect) => mongoPlace(server, mib, isDirect));
    console.error('There is no DocumentDB to measure: test/services/services install documentdb');
    return {};
  }

  async #measureIn(store: string, open: Open): Promise<Record<string, Figures>> {
    const beyondMiB = Math.max(1, Math.round(this.#treeMiB / BEYOND_CACHE));
    const outputsMiB = Math.max(1, Math.round((this.#chain.outputs * BYTES_PER_OUTPUT) / BEYOND_CACHE / MIB));
    const [within, beyond] = [() => open(LARGE_CACHE_MIB, false), () => open(beyondMiB, false)];
    return {
      [`${store}, in cache`]: await this.#compare(within, ALL_OUTPUTS_MIB),
      [`${store}, ${BEYOND_CACHE} x cache`]: await this.#compare(beyond, ALL_OUTPUTS_MIB),
      [`${store}, ${BEYOND_CACHE} x both caches`]: await this.#compare(beyond, outputsMiB),
      [`${store}, beyond memory`]: await this.#compare(() => open(beyondMiB, true), outputsMiB),
    };
  }

  async #compare(open: () => Promise<Place>, outputsMiB: number): Promise<Figures> {
    const synced = await this.#run('sync', await open(), outputsMiB);
    const written = await this.#run('ceiling', await open(), outputsMiB);
    const { transactions, bytes } = this.#chain;
    const { stages, lookups } = synced.progress!;
    const total = STAGES.reduce((sum, stage) => sum + stages[stage], 0);
    return {
      transactions_per_second: Math.round(transactions / synced.seconds),
      ceiling: Math.round(transactions / written.seconds),
      ratio: rounded(written.seconds / synced.seconds),
      peak_mib: Math.round(synced.peakMiB),
      disk_per_chain: rounded(synced.size / bytes),
      bytes_a_row: rounded(synced.size / sumOfRows(this.#rows)),
      bytes_a_posting: rounded(synced.runSize / this.#rows.postings!),
      processor_us: rounded((1_000 * synced.processorMs) / transactions),
      runs: synced.runs,
      lookups,
      stages: Object.fromEntries(STAGES.map((stage) => [stage, rounded(stages[stage] / total)])) as Record<
        Stage,
        number
      >,
    };
  }

  async #run(kind: 'sync' | 'ceiling', place: Place, outputsMiB: number): Promise<Synced> {
    console.error(`${kind}: ${place.store.replace(/\/\/.*\//, '//.../')}, cache ${place.cacheMiB} MiB`);
    try {
      const result = await run({ kind, ...common(this.#chain, place, this.#batches, outputsMiB) });
      checkRows(this.#rows, await place.rows());
      return { ...result, size: await place.size(), runSize: await place.runSize() };
    } finally {
      await place.remove();
    }
  }
}

/** The approximate size of a posting in a tree, and of an output in the indexer's cache. */
const BYTES_PER_POSTING = 45;
const BYTES_PER_OUTPUT = 70;

function common(chain: ChainFiles, place: Place, batches: string, outputsMiB: number): Omit<RunOptions, 'kind'> {
  return {
    store: place.store,
    servers: place.servers,
    cacheMiB: place.cacheMiB,
    outputsMiB,
    blocks: chain.folder,
    batches,
  };
}

function sumOfRows(rows: RowCounts): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}

/** Both wrote every row, and nothing else. */
function checkRows(expected: RowCounts, found: RowCounts): void {
  for (const [table, count] of Object.entries(expected)) {
    // The ceiling is written without the few records of blocks, which come before the rest.
    if (table !== 'blocks' && found[table] !== count) {
      throw new Error(`${found[table]} rows of ${table} were written, not ${count}`);
    }
  }
}

function print(results: Record<string, Figures>, chain: ChainFiles): void {
  const { transactions, blocks, bytes } = chain;
  console.table(
    Object.fromEntries(Object.entries(results).map(([name, { stages: _, ...figures }]) => [name, figures])),
  );
  console.table(Object.fromEntries(Object.entries(results).map(([name, { stages }]) => [name, stages])));
  console.log(JSON.stringify({ bench: 'sync', transactions, blocks, bytes, results }));
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
