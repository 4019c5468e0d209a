/**
 * Writes recorded postings in one layout, in a process of its own: `node write.ts JSON` prints its result as JSON.
 */
import { WriteQueue } from '../../indexer/rows/groups.ts';
import { parseStoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { ChainWriter } from '../../src/store/writer.ts';
import { sizeOf } from '../database/size.ts';
import { deviceOperations, ownUsage, sumOf, type Usage, UsageWatch, usageBetween } from '../database/usage.ts';
import { recordedBatches } from '../sync/recorded-batches.ts';
import { type Layout, TABLE_OF } from './layouts.ts';
import { MergedRows } from './merged-rows.ts';

export interface WriteOptions {
  readonly store: string;
  readonly layout: Layout;
  /** SQLite's page cache. */
  readonly cacheMiB: number;
  /** The processes of the database's server, and a folder on its disk. */
  readonly servers: readonly number[];
  readonly folder: string;
  /** The file with the batches. */
  readonly batches: string;
  /** It ends after this many rows, or when the database has this many bytes; after whole batches. */
  readonly mostRows: number;
  readonly mostBytes: number;
}

export interface WriteResult {
  readonly batches: number;
  readonly rows: number;
  /** Until the last batch was committed. */
  readonly seconds: number;
  /** For the merges that were put off until nothing was left to write. */
  readonly settleSeconds: number;
  readonly firstQuarter: number;
  readonly lastQuarter: number;
  /** How often merges wrote a row, on average. */
  readonly moves: number;
  /** The runs that are left. */
  readonly runs: number;
  /** Of this process and of the server. */
  readonly usage: Usage;
  /** Of the disk, also for other programs. */
  readonly device: { readonly reads: number; readonly writes: number };
  readonly peakMiB: number;
}

/** How many rows are written between two looks at the size. */
const ROWS_PER_LOOK = 100_000;

async function write(options: WriteOptions): Promise<WriteResult> {
  const location = parseStoreLocation(options.store)!;
  const store = await openStore(location, { cacheMiB: options.cacheMiB });
  const writer = await ChainWriter.acquire(store, {
    network: 'btc-regtest',
    start: 0,
    holder: 'bench',
    leaseMs: 600_000,
  });
  using merged = new MergedRows(store, writer);
  using servers = new UsageWatch(options.servers);
  const usage = () => sumOf(ownUsage(), servers.total());
  const [before, deviceBefore] = [usage(), deviceOperations(options.folder)];
  const begin = performance.now();
  const times: { rows: number; ms: number }[] = [{ rows: 0, ms: 0 }];
  let rows = 0;
  const queue = new WriteQueue(store, async ({ transactions }) => {
    await writer.commit({});
    rows += transactions;
    times.push({ rows, ms: performance.now() - begin });
  });
  let looked = 0;
  for (const batch of recordedBatches(options.batches)) {
    await queue.ready();
    if (rows >= options.mostRows) break;
    if (rows - looked >= ROWS_PER_LOOK) {
      looked = rows;
      if ((await sizeOf(location)) >= options.mostBytes) break;
    }
    const postings = batch.get('postings')!;
    // The queue only counts what it calls transactions.
    const group = { transactions: postings.order.length, ended: [], lastNumber: 0 };
    queue.start({ ...group, batch: new Map([[TABLE_OF[options.layout], postings]]) });
  }
  await queue.drain();
  const seconds = (performance.now() - begin) / 1_000;
  await settle(store, writer);
  const settleSeconds = (performance.now() - begin) / 1_000 - seconds;
  merged.look();
  const { runs } = decodeState((await store.readState())!.value);
  await writer.release();
  // Runs that were merged are removed now.
  await store.close();
  const used = usageBetween(before, usage());
  const device = deviceOperations(options.folder);
  return {
    batches: times.length - 1,
    rows,
    seconds,
    settleSeconds,
    ...quarters(times),
    moves: Math.max(0, merged.rows - rows) / rows,
    runs: runs.length,
    usage: used,
    device: { reads: device.reads - deviceBefore.reads, writes: device.writes - deviceBefore.writes },
    peakMiB: process.resourceUsage().maxRSS / 1_024,
  };
}

async function settle(store: ChainStore, writer: ChainWriter): Promise<void> {
  await store.settle();
  await writer.commit({});
}

/** Rows a second in the first and in the last quarter of the rows. */
function quarters(times: readonly { rows: number; ms: number }[]): { firstQuarter: number; lastQuarter: number } {
  const { rows: all } = times.at(-1)!;
  const at = (share: number) => times.find(({ rows }) => rows >= share * all)!;
  const speed = (from: number, to: number) => (at(to).rows - at(from).rows) / ((at(to).ms - at(from).ms) / 1_000);
  return { firstQuarter: speed(0, 0.25), lastQuarter: speed(0.75, 1) };
}

console.log(JSON.stringify(await write(JSON.parse(process.argv[2]!))));
