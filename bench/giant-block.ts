import { parseArgs } from 'node:util';
import { giantBlockFiles } from './chain/giant-block.ts';
import { OwnDocumentDb } from './database/own-documentdb.ts';
import { run } from './sync/child.ts';
import { mongoPlace, type Place, sqlitePlace } from './sync/places.ts';

const MIB = 1024 * 1024;
/** The size of the database's cache and of the indexer's, each. */
const CACHE_MIB = 64;
/** The goal for resident memory beyond the caches. */
const LIMIT_MIB = 512;

interface Figures {
  readonly transactions_per_second: number;
  readonly mib_per_second: number;
  readonly peak_mib: number;
  readonly above_caches_mib: number;
  readonly limit_mib: number;
}

export const OPTIONS = {
  mib: { type: 'string', default: '1024' },
  store: { type: 'string', default: 'sqlite,mongodb' },
} as const;

/** Indexes a chain with one block of 1 GiB, and measures the memory beyond the configured caches. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const chain = await giantBlockFiles({ bytes: Number(values.mib) * MIB });
  const results: Record<string, Figures> = {};
  const stores = values.store.split(',');
  if (stores.includes('sqlite')) results.sqlite = await measure(sqlitePlace(CACHE_MIB), 2 * CACHE_MIB, chain);
  if (stores.includes('mongodb')) {
    await using server = OwnDocumentDb.create();
    // MongoDB's own cache is in another process.
    if (server !== null) results.mongodb = await measure(await mongoPlace(server, 1_024, false), CACHE_MIB, chain);
  }
  console.table(results);
  console.log(JSON.stringify({ bench: 'giant-block', transactions: chain.transactions, bytes: chain.bytes, results }));
}

async function measure(
  place: Place,
  cachesMiB: number,
  { folder, transactions, bytes }: { folder: string; transactions: number; bytes: number },
): Promise<Figures> {
  try {
    const { store, cacheMiB } = place;
    const result = await run({ kind: 'sync', store, cacheMiB, outputsMiB: CACHE_MIB, blocks: folder, batches: '' });
    const written = result.progress?.transactions;
    if (written !== transactions) throw new Error(`${written} transactions were indexed, not ${transactions}`);
    return {
      transactions_per_second: Math.round(transactions / result.seconds),
      mib_per_second: Math.round(bytes / MIB / result.seconds),
      peak_mib: Math.round(result.peakMiB),
      above_caches_mib: Math.round(result.peakMiB - cachesMiB),
      limit_mib: LIMIT_MIB,
    };
  } finally {
    await place.remove();
  }
}
