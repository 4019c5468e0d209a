import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chainFiles } from './chain/make-chain.ts';
import { OwnDocumentDb } from './database/own-documentdb.ts';
import { type Databases, mongoDatabases, sqliteDatabases } from './postings/databases.ts';
import { measure, type Plan } from './postings/measure.ts';
import { recordedPostings } from './postings/recording.ts';
import { type Figures, printFigures } from './postings/report.ts';
import { Interruption } from './processes.ts';

const MIB = 1024 * 1024;
/** Holds all rows of the measurements within the cache. */
const LARGE_CACHE_MIB = 1_024;
/** How many times larger than the cache a table with a row for each posting gets. */
const BEYOND_CACHE = 8;

export const OPTIONS = {
  store: { type: 'string', default: 'sqlite,mongodb' },
  /** Of the chain whose postings are written; there are about 8.5 postings of each. */
  transactions: { type: 'string', default: '1000000' },
  /** Postings that are written in cache. */
  'cached-rows': { type: 'string', default: '2000000' },
  /** Of the database, in MiB, when it outgrows it. */
  cache: { type: 'string', default: '16' },
  /** The most seconds for each sort of look-up. */
  seconds: { type: 'string', default: '4' },
} as const;

/**
 * Writes the postings of a realistic chain, with merges, and looks some up: once while all fit into the database's cache, and once when
 * they outgrow it and each miss is a read of the disk. Beside it the layout of before is measured, in which each posting is a row (a
 * document): by the same code and server, with the same batches.
 */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const chain = await chainFiles({ transactions: Number(values.transactions) });
  const batches = await recordedPostings(chain);
  using interruption = new Interruption();
  await using resources = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'bitql-bench-'));
  resources.defer(() => rmSync(folder, { recursive: true }));
  const sizes = {
    cachedRows: Number(values['cached-rows']),
    cacheMiB: Number(values.cache),
    seconds: Number(values.seconds),
  };
  const bench = new Bench({ ...sizes, batches, folder }, resources);
  const load = loadavg()[0]!;
  const results = await Promise.race([interruption.comes, bench.measure(values.store.split(','))]);
  printFigures(results);
  console.log(JSON.stringify({ bench: 'postings', transactions: chain.transactions, ...sizes, load, results }));
}

interface BenchOptions {
  readonly cachedRows: number;
  readonly cacheMiB: number;
  readonly seconds: number;
  readonly batches: string;
  readonly folder: string;
}

class Bench {
  readonly #options: BenchOptions;
  readonly #resources: AsyncDisposableStack;

  /** @param resources receives what must be ended in any case */
  constructor(options: BenchOptions, resources: AsyncDisposableStack) {
    this.#options = options;
    this.#resources = resources;
  }

  async measure(stores: readonly string[]): Promise<Record<string, Figures>> {
    const results: Record<string, Figures> = {};
    const { cacheMiB } = this.#options;
    if (stores.includes('sqlite')) {
      await this.#both('sqlite', results, async (mib) => sqliteDatabases(mib, mib === cacheMiB));
    }
    if (stores.includes('mongodb')) {
      const server = OwnDocumentDb.create();
      if (server === null)
        console.error('There is no DocumentDB to measure: test/services/services install documentdb');
      else {
        this.#resources.use(server);
        await this.#both('mongodb', results, (mib) => mongoDatabases(server, mib));
      }
    }
    return results;
  }

  async #both(
    store: string,
    results: Record<string, Figures>,
    open: (cacheMiB: number) => Promise<Databases>,
  ): Promise<void> {
    const { batches, folder, seconds, cachedRows, cacheMiB } = this.#options;
    const common = { batches, folder, seconds };
    const within: Plan = { ...common, rows: both(cachedRows), bytes: both(Number.MAX_SAFE_INTEGER) };
    const beyond: Plan = {
      ...common,
      rows: both(Number.MAX_SAFE_INTEGER),
      bytes: { runs: Number.MAX_SAFE_INTEGER, rows: BEYOND_CACHE * cacheMiB * MIB },
    };
    const inCache = `${store}, in cache`;
    console.error(inCache);
    results[inCache] = await measure(await open(LARGE_CACHE_MIB), within);
    const outOfCache = `${store}, beyond a cache of ${cacheMiB} MiB`;
    console.error(outOfCache);
    results[outOfCache] = await measure(await open(cacheMiB), beyond);
  }
}

function both<T>(value: T): { runs: T; rows: T } {
  return { runs: value, rows: value };
}
