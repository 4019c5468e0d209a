import { type IndexerOptions, runIndexer } from '../../indexer/run.ts';

/** Runs an indexer in this process, without a log. The options that most tests share have defaults. */
export function indexQuietly(options: Pick<IndexerOptions, 'store' | 'node'> & Partial<IndexerOptions>): Promise<void> {
  return runIndexer({
    network: null,
    from: 0,
    pollMs: 50,
    leaseMs: 60_000,
    cacheBytes: 1_000_000,
    log: { info() {}, warn() {} },
    signal: new AbortController().signal,
    ...options,
  });
}
