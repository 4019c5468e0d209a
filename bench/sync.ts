import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { STAGES, type Stage } from '../indexer/progress.ts';
import type { ChainFiles } from './chain/chain-files.ts';
import { chainFiles } from './chain/make-chain.ts';
import { run } from './sync/child.ts';
import { mongoPlace, type Place, restoreServices, sqlitePlace } from './sync/places.ts';
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
   * With the tree in the database's cache, and beyond it; then also with more outputs than the indexer's cache holds, so
   * that many are looked up. Nothing if the store is missing.
   */
  async measure(store: string): Promise<Record<string, Figures>> {
    const beyondMiB = Math.max(1, Math.round(this.#treeMiB / BEYOND_CACHE));
    const outputsMiB = Math.max(1, Math.round((this.#chain.outputs * BYTES_PER_OUTPUT) / BEYOND_CACHE / MIB));
    const open = store === 'sqlite' ? async (cacheMiB: number) => sqlitePlace(cacheMiB) : mongoPlace;
    if ((await open(LARGE_CACHE_MIB)) === null) {
      console.error('There is no MongoDB API to measure: test/services/services install && test/services/services up');
      return {};
    }
    try {
      return {
        [`${store}, in cache`]: await this.#compare(() => open(LARGE_CACHE_MIB), ALL_OUTPUTS_MIB),
        [`${store}, ${BEYOND_CACHE} x cache`]: await this.#compare(() => open(beyondMiB), ALL_OUTPUTS_MIB),
        [`${store}, ${BEYOND_CACHE} x both caches`]: await this.#compare(() => open(beyondMiB), outputsMiB),
      };
    } finally {
      if (store === 'mongodb') restoreServices();
    }
  }

  async #compare(open: () => Promise<Place | null>, outputsMiB: number): Promise<Figures> {
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
      lookups,
      stages: Object.fromEntries(STAGES.map((stage) => [stage, rounded(stages[stage] / total)])) as Record<
        Stage,
        number
      >,
    };
  }

  async #run(kind: 'sync' | 'ceiling', place: Place | null, outputsMiB: number): Promise<RunResult & { size: number }> {
    console.error(`${kind}: ${place!.store.replace(/\/\/.*\//, '//.../')}, cache ${place!.cacheMiB} MiB`);
    try {
      const result = await run({ kind, ...common(this.#chain, place!, this.#batches, outputsMiB) });
      checkRows(this.#rows, await place!.rows());
      return { ...result, size: await place!.size() };
    } finally {
      await place!.remove();
    }
  }
}

/** The approximate size of a posting in a tree, and of an output in the indexer's cache. */
const BYTES_PER_POSTING = 45;
const BYTES_PER_OUTPUT = 70;

function common(chain: ChainFiles, place: Place, batches: string, outputsMiB: number): Omit<RunOptions, 'kind'> {
  return { store: place.store, cacheMiB: place.cacheMiB, outputsMiB, blocks: chain.folder, batches };
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
