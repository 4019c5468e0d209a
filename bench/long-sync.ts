import { parseArgs } from 'node:util';
import type { ChainFiles } from './chain/chain-files.ts';
import { chainFiles } from './chain/make-chain.ts';
import { OwnDocumentDb } from './database/own-documentdb.ts';
import { run } from './sync/child.ts';
import { mongoPlace, type Place, sqlitePlace } from './sync/places.ts';
import type { RunResult, Sample } from './sync/run.ts';
import { rounded } from './times.ts';

export const OPTIONS = {
  /** Of the chain, which is made once: 20 million take 9 GB and the better part of an hour. */
  transactions: { type: 'string', default: '20000000' },
  store: { type: 'string', default: 'sqlite,mongodb' },
  /** The caches of the database, and of the indexer's outputs, in MiB. */
  cache: { type: 'string', default: '256' },
  outputs: { type: 'string', default: '256' },
} as const;

const SAMPLES = 10;
const MIB = 1024 * 1024;

/** A tenth of a sync. */
interface Tenth {
  readonly transactions_per_second: number;
  readonly resident_mib: number;
}

interface Figures {
  readonly seconds: number;
  readonly transactions_per_second: number;
  /** The slowest tenth as a share of the median. */
  readonly slowest: number;
  readonly peak_mib: number;
  readonly disk_per_chain: number;
  readonly bytes_a_posting: number;
  readonly runs: number;
  readonly tenths: readonly Tenth[];
}

/** Indexes a chain that is far larger than all caches, and shows whether the rate and the memory stay as they are from its beginning to its end. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const chain = await chainFiles({ transactions: Number(values.transactions) });
  const [cacheMiB, outputsMiB] = [Number(values.cache), Number(values.outputs)];
  const results: Record<string, Figures> = {};
  for (const store of values.store.split(',')) {
    console.error(`indexing into ${store}`);
    const figures = await inPlace(store, cacheMiB, (place) => sync(chain, place, outputsMiB));
    if (figures === null) continue;
    results[store] = figures;
    console.log(store);
    console.table(figures.tenths);
  }
  console.table(
    Object.fromEntries(Object.entries(results).map(([store, { tenths: _, ...figures }]) => [store, figures])),
  );
  const { transactions, blocks, bytes } = chain;
  console.log(JSON.stringify({ bench: 'long-sync', transactions, blocks, bytes, cacheMiB, outputsMiB, results }));
}

/** MongoDB's API with direct I/O; SQLite with the cache of the system. Null if the store is missing. */
async function inPlace(
  store: string,
  cacheMiB: number,
  use: (place: Place) => Promise<Figures>,
): Promise<Figures | null> {
  if (store === 'sqlite') return removing(sqlitePlace(cacheMiB), use);
  await using server = OwnDocumentDb.create();
  if (server !== null) return await removing(await mongoPlace(server, cacheMiB, true), use);
  console.error('There is no DocumentDB to measure: test/services/services install documentdb');
  return null;
}

async function removing(place: Place, use: (place: Place) => Promise<Figures>): Promise<Figures> {
  try {
    return await use(place);
  } finally {
    await place.remove();
  }
}

async function sync(chain: ChainFiles, place: Place, outputsMiB: number): Promise<Figures> {
  const { store, servers, cacheMiB } = place;
  const every = Math.ceil(chain.transactions / SAMPLES);
  const options = { kind: 'sync', store, servers, cacheMiB, outputsMiB, blocks: chain.folder, batches: '' } as const;
  const result = await run({ ...options, every });
  return figuresOf(result, chain, place);
}

async function figuresOf(result: RunResult, chain: ChainFiles, place: Place): Promise<Figures> {
  const { seconds, samples, peakMiB, runs } = result;
  const tenths = samples.map((sample, i) => tenthOf(sample, samples[i - 1]));
  const rates = tenths.map(({ transactions_per_second }) => transactions_per_second).sort((a, b) => a - b);
  const { postings } = await place.rows();
  return {
    seconds: Math.round(seconds),
    transactions_per_second: Math.round(chain.transactions / seconds),
    slowest: rounded(rates[0]! / rates[rates.length >> 1]!),
    peak_mib: Math.round(peakMiB),
    disk_per_chain: rounded((await place.size()) / chain.bytes),
    bytes_a_posting: rounded((await place.runSize()) / postings!),
    runs,
    tenths,
  };
}

function tenthOf(sample: Sample, before: Sample = { transactions: 0, seconds: 0, residentBytes: 0 }): Tenth {
  const seconds = sample.seconds - before.seconds;
  return {
    transactions_per_second: Math.round((sample.transactions - before.transactions) / seconds),
    resident_mib: Math.round(sample.residentBytes / MIB),
  };
}
