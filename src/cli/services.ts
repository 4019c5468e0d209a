import type { Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { BlockFilesNode } from '../../indexer/node/block-files/block-files-node.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import type { BitcoinNode } from '../../indexer/node/node.ts';
import { NodeWithFiles } from '../../indexer/node/node-with-files.ts';
import { laterThan, type PatienceOptions, withPatience } from '../../indexer/patience.ts';
import type { Progress } from '../../indexer/progress.ts';
import { reindex } from '../../indexer/reindex/reindex.ts';
import { type IndexerOptions, runIndexer } from '../../indexer/run.ts';
import { counted } from '../counted.ts';
import { BitqlError } from '../errors.ts';
import { DRAIN_TIMES } from '../gateway/operation/drain.ts';
import { type Gateway, startGateway } from '../gateway/server.ts';
import { CommitBell } from '../live/commit-bell.ts';
import { GatewayMetrics } from '../metrics/gateway-metrics.ts';
import { registerIndexerMetrics } from '../metrics/indexer-metrics.ts';
import { parseNodeAddress } from '../rpc/credentials.ts';
import { Rpc } from '../rpc/rpc.ts';
import type { ValuesOf } from '../settings/option.ts';
import { SETTINGS } from '../settings/settings.ts';
import { openStore } from '../store/open.ts';
import type { HeightRange } from '../store/state.ts';
import type { ChainStore } from '../store/store.ts';
import { openCallers, readTrustedDocuments } from './callers.ts';
import type {
  BROADCAST_SETTINGS,
  IMPORT_SETTINGS,
  INDEX_SETTINGS,
  REINDEX_SETTINGS,
  SERVE_SETTINGS,
  SERVICE_SETTINGS,
  STORE_SETTINGS,
} from './command-settings.ts';
import { createLog } from './log.ts';
import { ProgressReport } from './progress.ts';
import { StopRequest } from './stop.ts';
import type { Terminal } from './terminal.ts';
import { startTracing } from './tracing.ts';
import { withMetrics } from './with-metrics.ts';

/** What a command that runs until it is stopped works with. */
export interface Service {
  readonly store: ChainStore;
  readonly log: Logger;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Where metrics are registered; null where nobody asked for them. */
  readonly registry: Registry | null;
  /** Null where nobody asked for traces. */
  readonly tracer: Tracer | null;
  /** Of an indexer and a gateway in one process: whoever is subscribed is told at once. */
  readonly bell?: CommitBell;
}

const HOUR_SECONDS = 60 * 60;
/** What the node was asked before a stop may be answered for so long. */
const NODE_GRACE_MS = 2_000;
/** As many calls as bitcoind lets wait by itself (-rpcworkqueue). */
const BROADCASTS_AT_ONCE = 64;

/** Opens a store; null where the user stops that. */
type OpenStore = (patience: PatienceOptions) => Promise<ChainStore | null>;

/** Opens a store to write to. A database that does not answer yet is waited for, as it would be later. */
export function openForIndexing(options: ValuesOf<typeof STORE_SETTINGS>): OpenStore {
  const open = () => openStore(options.store, { cacheMiB: options.sqliteCache });
  return (patience) => withPatience(open, patience);
}

/** Runs a command until it ends or the user stops it, then closes the store. */
export async function runService(
  open: OpenStore,
  options: ValuesOf<typeof SERVICE_SETTINGS>,
  terminal: Terminal,
  work: (service: Service) => Promise<void>,
): Promise<number> {
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  using stop = new StopRequest(() => log.info('Stopping; Ctrl-C again to stop at once.'));
  await using tracing = await startTracing(process.env, log);
  const { tracer } = tracing;
  const store = await open({ log, signal: stop.signal });
  if (store === null) return 0;
  try {
    await withMetrics(options.metrics, log, (registry) =>
      work({ store, log, terminal, signal: stop.signal, registry, tracer }),
    );
  } finally {
    terminal.status('');
    await store.close();
  }
  return 0;
}

/** Indexes what a live node has, until the signal; what its block files hold, if they are given, before that. */
export async function indexNode(options: ValuesOf<typeof INDEX_SETTINGS>, service: Service): Promise<void> {
  const end = laterThan(service.signal, NODE_GRACE_MS);
  const node = new LiveNode(parseNodeAddress(options.node, options.cookie ?? undefined), options.zmq, end, {
    onUnavailable: (message) => service.log.warn(message),
  });
  const follow = {
    ...indexerOptions(options, service),
    pollMs: options.poll,
    live: node,
    mempoolExpirySeconds: options.mempoolExpiry * HOUR_SECONDS,
    eventsKeptMs: options.keepEvents * HOUR_SECONDS * 1_000,
  };
  await withProgress(service, async (onProgress) => {
    if (options.blocks === null) return runIndexer({ ...follow, node, onProgress });
    const files = await openFiles(options.blocks, options, service, node);
    if (files === null) return;
    // The files end below the tip: where that comes first, they serve for what is behind it. So they do where blocks are missing.
    if (options.from === 'tip' || files.damage !== null)
      return runIndexer({ ...follow, node: new NodeWithFiles(node, files), onProgress });
    await runIndexer({ ...follow, node: files, live: null, once: true, onProgress });
    await runIndexer({ ...follow, node, onProgress });
  });
}

/** Indexes what the block files of a folder hold. */
export async function importBlocks(
  folder: string,
  options: ValuesOf<typeof IMPORT_SETTINGS>,
  service: Service,
): Promise<void> {
  await withProgress(service, async (onProgress) => {
    const node = await openFiles(folder, options, service);
    if (node === null) return;
    await runIndexer({ ...indexerOptions(options, service), node, once: true, onProgress });
    // What stands below the damage is indexed; that it is not all must not pass for a good end.
    if (node.damage !== null && !service.signal.aborted) throw new BitqlError('BLOCK_DAMAGED', node.damage);
  });
}

/** Indexes heights again that are indexed already. */
export async function reindexHeights(
  heights: readonly HeightRange[],
  options: ValuesOf<typeof REINDEX_SETTINGS>,
  service: Service,
): Promise<void> {
  const { log, terminal, signal, store } = service;
  const node = await nodeToReindexFrom(options, service);
  if (node === null) return;
  const mended = await reindex({
    store,
    node,
    heights,
    leaseMs: options.lease * 1_000,
    cacheBytes: options.cache * 1024 * 1024,
    log,
    signal,
    onProgress: (height) => {
      if (terminal.isInteractive) terminal.status(`Indexed again up to block ${height.toLocaleString('en-US')}.`);
    },
  });
  if (mended === null) return;
  terminal.print(
    `Indexed again: ${counted(mended.written, 'row')} written, ${mended.removed} removed. "bitql verify-store" looks at all.`,
  );
}

/** A node, its block files, or both. Null where the signal came first. */
async function nodeToReindexFrom(
  options: ValuesOf<typeof REINDEX_SETTINGS>,
  service: Service,
): Promise<BitcoinNode | null> {
  const { node, cookie, blocks } = options;
  const end = laterThan(service.signal, NODE_GRACE_MS);
  const address = node ?? (blocks === null ? SETTINGS.node.fallback : null);
  const live = address === null ? null : new LiveNode(parseNodeAddress(address, cookie ?? undefined), null, end);
  if (blocks === null) return live;
  const files = await openFiles(blocks, options, service, live);
  return live === null || files === null ? files : new NodeWithFiles(live, files);
}

/** Null where the signal came first: it may take a while. */
async function openFiles(
  folder: string,
  { network }: Pick<ValuesOf<typeof IMPORT_SETTINGS>, 'network'>,
  { log, signal }: Service,
  node: LiveNode | null = null,
): Promise<BlockFilesNode | null> {
  log.info(`Looking at the block files in ${folder}.`);
  try {
    const files = await BlockFilesNode.open(folder, network, signal, node);
    if (files.damage !== null) log.warn(files.damage);
    return files;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

type OnProgress = (progress: Progress) => void;

function indexerOptions(
  options: ValuesOf<typeof IMPORT_SETTINGS>,
  { store, log, signal, bell }: Service,
): Omit<IndexerOptions, 'node'> {
  return {
    store,
    onCommit: () => bell?.ring(),
    network: options.network,
    from: options.from,
    leaseMs: options.lease * 1_000,
    cacheBytes: options.cache * 1024 * 1024,
    log,
    signal,
  };
}

/** Runs an indexer whose progress is shown and, where that is asked for, told as metrics. */
async function withProgress(
  { log, terminal, registry }: Service,
  work: (onProgress: OnProgress) => Promise<void>,
): Promise<void> {
  const report = new ProgressReport(terminal, log);
  let latest: Progress | null = null;
  const onProgress = (progress: Progress): void => {
    latest = progress;
    report.show(progress);
  };
  if (registry !== null) registerIndexerMetrics(registry, () => latest);
  await work(onProgress);
}

/** Starts the gateway and says where it is. Transactions are given to the node, if there is one. */
export async function serveStore(
  options: ValuesOf<typeof SERVE_SETTINGS & typeof BROADCAST_SETTINGS & typeof STORE_SETTINGS>,
  { store, log, bell, registry, signal, tracer }: Service,
): Promise<Gateway> {
  const { host, port, cors, scanBudget, gatewayCache, drainDelay, node, cookie } = options;
  const end = laterThan(signal, drainDelay * 1_000 + NODE_GRACE_MS);
  const calls = { signal: end, atOnce: BROADCASTS_AT_ONCE };
  const rpc = node === null ? null : new Rpc(parseNodeAddress(node, cookie ?? undefined), calls);
  const metrics = registry === null ? null : new GatewayMetrics(registry);
  const drainTimes = { ...DRAIN_TIMES, delayMs: drainDelay * 1_000 };
  const trustedDocuments = readTrustedDocuments(options.trustedDocuments);
  const callers = openCallers(options, options.store);
  const gateway = await startGateway({
    host,
    port,
    cors,
    scanBudget,
    cacheBytes: gatewayCache * 1024 * 1024,
    drainTimes,
    node: rpc,
    store,
    log,
    bell,
    callers,
    trustedDocuments,
    observer: metrics ?? undefined,
    tracer,
  }).catch(async (error: unknown) => {
    // What is open keeps the process from ending.
    await callers?.access.close();
    throw error;
  });
  metrics?.follow(gateway.status);
  log.info(`GraphQL is at ${gateway.url}/graphql, its playground at ${gateway.url}/graphiql.`);
  const close = async () => {
    await gateway.close();
    await callers?.access.close();
  };
  return { ...gateway, close };
}

/** Both in one process. The gateway reads through a connection of its own: a query need not wait until a batch of blocks is written. */
export async function indexAndServe(
  options: ValuesOf<typeof INDEX_SETTINGS & typeof SERVE_SETTINGS & typeof STORE_SETTINGS>,
  service: Service,
): Promise<void> {
  const store = await openForIndexing(options)(service);
  if (store === null) return;
  try {
    const bell = new CommitBell();
    const gateway = await serveStore(options, { ...service, store, bell });
    try {
      await indexNode(options, { ...service, bell });
    } finally {
      await gateway.close();
    }
  } finally {
    await store.close();
  }
}
