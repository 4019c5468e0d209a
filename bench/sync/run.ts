/**
 * One measurement in a separate process, so that its memory can be measured: `node run.ts JSON` prints its result as JSON.
 */
import { BlockFilesNode } from '../../indexer/node/block-files/block-files-node.ts';
import type { IndexingProgress } from '../../indexer/progress.ts';
import { WriteQueue } from '../../indexer/rows/groups.ts';
import { runIndexer } from '../../indexer/run.ts';
import { parseStoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { type RowCounts, recordedBatches, recording } from './recorded-batches.ts';

export interface RunOptions {
  /** `sync`: from block files; `record`: the same, keeping the batches; `ceiling`: only writes recorded batches. */
  readonly kind: 'sync' | 'record' | 'ceiling';
  readonly store: string;
  /** SQLite's page cache. */
  readonly cacheMiB: number;
  /** The indexer's cache of outputs. */
  readonly outputsMiB: number;
  readonly blocks: string;
  readonly batches: string;
}

export interface RunResult {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly progress: IndexingProgress | null;
  /** Of a recording. */
  readonly rows: RowCounts | null;
}

const MIB = 1024 * 1024;

async function sync(options: RunOptions, store: ChainStore): Promise<IndexingProgress | null> {
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
    },
  });
  return progress;
}

/** With the indexer's own queue, so that the same number of writes is under way. */
async function writeRecorded(file: string, store: ChainStore): Promise<void> {
  const queue = new WriteQueue(store, async () => {});
  for (const batch of recordedBatches(file)) {
    await queue.ready();
    queue.start({ batch, transactions: 0, ended: [], lastNumber: 0 });
  }
  await queue.drain();
}

async function run(options: RunOptions): Promise<RunResult> {
  const opened = await openStore(parseStoreLocation(options.store)!, { cacheMiB: options.cacheMiB });
  const store = options.kind === 'record' ? recording(opened, options.batches) : opened;
  const start = performance.now();
  let progress: IndexingProgress | null = null;
  if (options.kind === 'ceiling') await writeRecorded(options.batches, store);
  else progress = await sync(options, store);
  const seconds = (performance.now() - start) / 1_000;
  await store.close();
  const rows = 'finish' in store ? (store as { finish(): RowCounts }).finish() : null;
  return { seconds, peakMiB: process.resourceUsage().maxRSS / 1024, progress, rows };
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!))));
