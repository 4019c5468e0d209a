import type { Logger } from 'pino';
import { BlockFilesNode } from '../../indexer/node/block-files/block-files-node.ts';
import { parseNodeAddress } from '../../indexer/node/credentials.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { type IndexerOptions, runIndexer } from '../../indexer/run.ts';
import { type Gateway, startGateway } from '../gateway/server.ts';
import type { ValuesOf } from '../settings/option.ts';
import { settings } from '../settings/settings.ts';
import type { ChainStore } from '../store/store.ts';
import { createLog } from './log.ts';
import { ProgressReport } from './progress.ts';
import { StopRequest } from './stop.ts';
import type { Terminal } from './terminal.ts';

/** What the commands that index take. */
export const IMPORT_SETTINGS = settings('network', 'from', 'cache', 'lease');
export const INDEX_SETTINGS = { ...settings('node', 'cookie', 'blocks', 'poll'), ...IMPORT_SETTINGS };
/** What the commands that serve take. */
export const SERVE_SETTINGS = settings('host', 'port', 'scanBudget');
export const STORE_SETTINGS = settings('store', 'sqliteCache');
export const LOG_SETTINGS = settings('logLevel', 'logFormat');

/** What a command that runs until it is stopped works with. */
export interface Service {
  readonly store: ChainStore;
  readonly log: Logger;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Runs a command until it ends or the user stops it, then closes the store. */
export async function runService(
  open: () => Promise<ChainStore>,
  options: ValuesOf<typeof LOG_SETTINGS>,
  terminal: Terminal,
  work: (service: Service) => Promise<void>,
): Promise<number> {
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  using stop = new StopRequest(() => log.info('Stopping; Ctrl-C again to stop at once.'));
  const store = await open();
  try {
    await work({ store, log, terminal, signal: stop.signal });
  } finally {
    terminal.status('');
    await store.close();
  }
  return 0;
}

/** Indexes what a live node has, until the signal; what its block files hold, if they are given, before that. */
export async function indexNode(options: ValuesOf<typeof INDEX_SETTINGS>, service: Service): Promise<void> {
  if (options.blocks !== null) await importBlocks(options.blocks, options, service);
  const node = new LiveNode(parseNodeAddress(options.node, options.cookie ?? undefined));
  await runIndexer({ ...indexerOptions(options, service), node, pollMs: options.poll });
}

/** Indexes what the block files of a folder hold. */
export async function importBlocks(
  folder: string,
  options: ValuesOf<typeof IMPORT_SETTINGS>,
  service: Service,
): Promise<void> {
  const { log, signal } = service;
  log.info(`Looking at the block files in ${folder}.`);
  const node = await BlockFilesNode.open(folder, options.network, signal).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (node !== null) await runIndexer({ ...indexerOptions(options, service), node, once: true });
}

function indexerOptions(
  options: ValuesOf<typeof IMPORT_SETTINGS>,
  { store, log, terminal, signal }: Service,
): Omit<IndexerOptions, 'node'> {
  const progress = new ProgressReport(terminal, log);
  return {
    store,
    network: options.network,
    from: options.from,
    leaseMs: options.lease * 1_000,
    cacheBytes: options.cache * 1024 * 1024,
    log,
    signal,
    onProgress: (report) => progress.show(report),
  };
}

/** Starts the gateway and says where it is. */
export async function serveStore(options: ValuesOf<typeof SERVE_SETTINGS>, service: Service): Promise<Gateway> {
  const gateway = await startGateway({ ...options, store: service.store, log: service.log });
  service.log.info(`GraphQL is at ${gateway.url}/graphql, its playground at ${gateway.url}/graphiql.`);
  return gateway;
}

/** Resolves when the signal comes. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  else signal.addEventListener('abort', () => resolve(), { once: true });
  return promise;
}
