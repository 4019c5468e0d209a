/**
 * One measurement in a separate process, so that its memory can be measured: `node run.ts JSON` prints its result as JSON.
 */
import { BlockFilesNode } from '../../indexer/node/block-files/block-files-node.ts';
import type { IndexingProgress } from '../../indexer/progress.ts';
import { WriteQueue } from '../../indexer/rows/groups.ts';
import { runIndexer } from '../../indexer/run.ts';
import { parseStoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ChainStore, Table } from '../../src/store/store.ts';
import { ChainWriter } from '../../src/store/writer.ts';
import { ownUsage, sumOf, UsageWatch, usageBetween } from '../database/usage.ts';
import { type RowCounts, recordedBatches, recording } from './recorded-batches.ts';

export interface RunOptions {
  /** `sync`: from block files; `record`: the same, keeping the batches; `ceiling`: only writes recorded batches. */
  readonly kind: 'sync' | 'record' | 'ceiling';
  readonly store: string;
  /** The processes of the store's server [none]. */
  readonly servers?: readonly number[];
  /** SQLite's page cache. */
  readonly cacheMiB: number;
  /** The indexer's cache of outputs. */
  readonly outputsMiB: number;
  readonly blocks: string;
  readonly batches: string;
  /** Those that a recording keeps [all]. */
  readonly tables?: readonly Table[];
  /** After so many transactions there is a sample [none]. */
  readonly every?: number;
}

/** How far a sync is after some time. */
export interface Sample {
  readonly transactions: number;
  readonly seconds: number;
  /** Of this process. */
  readonly residentBytes: number;
}

export interface RunResult {
  readonly seconds: number;
  readonly peakMiB: number;
  /** Of this process and the server. */
  readonly processorMs: number;
  /** How many runs hold the postings in the end. */
  readonly runs: number;
  readonly progress: IndexingProgress | null;
  /** Of a recording. */
  readonly rows: RowCounts | null;
  readonly samples: readonly Sample[];
}

const MIB = 1024 * 1024;

async function sync(options: RunOptions, store: ChainStore, samples: Sample[]): Promise<IndexingProgress | null> {
  const { every = Number.POSITIVE_INFINITY } = options;
  const start = performance.now();
  const signal = new AbortController().signal;
  const node = await BlockFilesNode.open(options.blocks, null, signal);
  let progress: IndexingProgress | null = null;
  await runIndexer({
    store,
    node,
    network: null,
    from: 0,
    leaseMs: 15_000,
    cacheBytes: options.outputsMiB * MIB,
    log: { info() {}, warn: (message) => console.error(message) },
    signal,
    once: true,
    onProgress: (latest) => {
      progress = latest;
      const { transactions } = latest;
      if (transactions < every * (samples.length + 1)) return;
      const seconds = (performance.now() - start) / 1_000;
      samples.push({ transactions, seconds, residentBytes: process.memoryUsage.rss() });
    },
  });
  return progress;
}

/** With the indexer's own queue, so that the same number of writes is under way, and as many changes of the state. */
async function writeRecorded(file: string, store: ChainStore): Promise<void> {
  const writer = await ChainWriter.acquire(store, {
    network: 'btc-regtest',
    start: 0,
    holder: 'bench',
    leaseMs: 600_000,
  });
  const queue = new WriteQueue(store, () => writer.commit({}));
  for (const batch of recordedBatches(file)) {
    await queue.ready();
    queue.start({ batch, transactions: 0, ended: [], lastNumber: 0 });
  }
  await queue.drain();
  await store.settle({ onPart: () => writer.commit({}) });
  await writer.release();
}

async function run(options: RunOptions): Promise<RunResult> {
  const opened = await openStore(parseStoreLocation(options.store)!, { cacheMiB: options.cacheMiB });
  const store = options.kind === 'record' ? recording(opened, options.batches, options.tables ?? null) : opened;
  using servers = new UsageWatch(options.servers ?? []);
  const usage = () => sumOf(ownUsage(), servers.total());
  const [start, before] = [performance.now(), usage()];
  let progress: IndexingProgress | null = null;
  const samples: Sample[] = [];
  if (options.kind === 'ceiling') await writeRecorded(options.batches, store);
  else progress = await sync(options, store, samples);
  const seconds = (performance.now() - start) / 1_000;
  const record = await store.readState();
  await store.close();
  const { processorMs } = usageBetween(before, usage());
  const rows = 'finish' in store ? (store as { finish(): RowCounts }).finish() : null;
  const runs = record === null ? 0 : decodeState(record.value).runs.length;
  return { seconds, peakMiB: process.resourceUsage().maxRSS / 1024, processorMs, runs, progress, rows, samples };
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!))));
