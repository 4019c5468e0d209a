import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { openStore } from '../../src/store/open.ts';
import { POSTING_KINDS } from '../../src/store/postings.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import { type ChainStore, type KeyRange, TABLES, type Table } from '../../src/store/store.ts';
import { locateServices } from '../../test/services/locate.ts';
import { temporaryDatabase } from '../../test/support/temporary-store.ts';
import type { RowCounts } from './recorded-batches.ts';

/** The store that a measurement writes to. */
export interface Place {
  readonly store: string;
  /** Of the database's own cache. */
  readonly cacheMiB: number;
  /** Its size afterwards, in bytes on disk and in rows. */
  size(): Promise<number>;
  rows(): Promise<RowCounts>;
  remove(): Promise<void>;
}

export function sqlitePlace(cacheMiB: number): Place {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-bench-'));
  const file = join(folder, 'chain.db');
  return {
    store: file,
    cacheMiB,
    size: async () => statSync(file).size,
    async rows() {
      const store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 64 });
      const rows = await countRows(store);
      await store.close();
      return rows;
    },
    remove: async () => rmSync(folder, { recursive: true }),
  };
}

const SERVICES = fileURLToPath(new URL('../../test/services/services', import.meta.url));

/** A database on the server of test/services, which is restarted with a cache of that size; null without such a server. */
export async function mongoPlace(cacheMiB: number): Promise<Place | null> {
  if ((await locateServices()).mongodbUri === undefined) return null;
  services('down');
  services('up', { SERVICES_PG_BUFFERS: `${cacheMiB}MB` });
  const { uri, drop } = temporaryDatabase((await locateServices()).mongodbUri!);
  const within = async <T>(use: (client: MongoClient) => Promise<T>): Promise<T> => {
    const client = await MongoClient.connect(uri);
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  };
  return {
    store: uri,
    cacheMiB,
    size: () =>
      within(async (client) => {
        const stats = await client.db().stats();
        return Number(stats.storageSize) + Number(stats.indexSize);
      }),
    rows: () =>
      within(async (client) => {
        const counts = await Promise.all(
          Object.keys(TABLES).map(
            async (table) => [table, await client.db().collection(table).countDocuments()] as const,
          ),
        );
        return Object.fromEntries(counts);
      }),
    remove: drop,
  };
}

/** Starts the server with its usual cache again. */
export function restoreServices(): void {
  services('down');
  services('up');
}

function services(command: string, env: NodeJS.ProcessEnv = {}): void {
  execFileSync(SERVICES, [command], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Counts rows by reading their keys, page by page. */
async function countRows(store: ChainStore): Promise<RowCounts> {
  const counts: RowCounts = {};
  for (const [table, length] of Object.entries(TABLES) as [Table, number][]) {
    const ranges =
      length > 0 ? [rangeOf(length)] : Object.values(POSTING_KINDS).map((kind) => rangeOf(kind.length + 9, kind.tag));
    counts[table] = 0;
    for (const range of ranges) counts[table] += await countRange(store, table, range);
  }
  return counts;
}

/** All keys of a length, or those that begin with a tag. Positions are signed numbers to SQLite. */
function rangeOf(length: number, tag?: number): KeyRange {
  const min = new Uint8Array(length);
  const max = new Uint8Array(length).fill(0xff);
  max[0] = 0x7f;
  if (tag !== undefined) min[0] = max[0] = tag;
  return { min, max };
}

async function countRange(store: ChainStore, table: Table, range: KeyRange): Promise<number> {
  let count = 0;
  for await (const { rows } of scanPages(store, table, range, 20_000)) count += rows.length;
  return count;
}
