import type { Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { registerIndexerMetrics } from '../indexer/metrics.ts';
import { BlockFilesNode, NodeWithFiles } from '../indexer/node/block-files/block-files-node.ts';
import { LiveNode } from '../indexer/node/live-node.ts';
import type { ChainNode } from '../indexer/node/node.ts';
import { type PatienceOptions, withPatience } from '../indexer/patience.ts';
import type { IndexingProgress } from '../indexer/progress.ts';
import { reindexBlocks } from '../indexer/reindex/reindex.ts';
import { type IndexerOptions, runIndexer } from '../indexer/run.ts';
import type { Network, NetworkId } from '../src/chain/networks.ts';
import { counted } from '../src/counted.ts';
import { BitqlError, type ErrorCode, errorCode } from '../src/errors.ts';
import { DRAIN_TIMES } from '../src/gateway/http/drain.ts';
import { GatewayMetrics } from '../src/gateway/observe/metrics.ts';
import { startGateway } from '../src/gateway/server.ts';
import { CommitBell } from '../src/live/commit-bell.ts';
import { type NodeAddress, parseNodeAddress } from '../src/rpc/credentials.ts';
import { Rpc } from '../src/rpc/rpc.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import { SETTINGS } from '../src/settings/settings.ts';
import { openStore } from '../src/store/open.ts';
import { decodeState, type HeightRange } from '../src/store/state.ts';
import type { ChainStore } from '../src/store/store.ts';
import { inTime, laterThan } from '../src/waiting.ts';
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
import { openMetrics } from './open-metrics.ts';
import { openForReading, requireFile } from './open-store.ts';
import { ProgressReport } from './progress.ts';
import { StopRequest } from './stop.ts';
import type { Terminal } from './terminal.ts';
import { startTracing } from './tracing.ts';

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
  /** What is opened goes here, and is closed when the command ends, however it comes to that. */
  readonly opened: AsyncDisposableStack;
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

/** Opens a store to serve: a file has to be there, but a database that does not answer yet is waited for. @throws NOT_SYNCED */
export function openForServing(options: ValuesOf<typeof STORE_SETTINGS>): OpenStore {
  requireFile(options.store);
  return (patience) => withPatience(() => openForReading(options.store, options.sqliteCache), patience);
}

/** Runs a command until it ends, fails or the user stops it; then all that was opened is closed, the last first. */
export async function runService(
  open: OpenStore,
  options: ValuesOf<typeof SERVICE_SETTINGS>,
  terminal: Terminal,
  work: (service: Service) => Promise<void>,
): Promise<number> {
  await using opened = new AsyncDisposableStack();
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  const { signal } = opened.use(new StopRequest(() => log.info('Stopping; Ctrl-C again to stop at once.')));
  const { tracer } = opened.use(await startTracing(process.env, log));
  const store = await open({ log, signal });
  if (store === null) return 0;
  opened.defer(() => store.close());
  opened.defer(() => terminal.status(''));
  const registry = await openMetrics(options.metrics, log, opened);
  await work({ store, log, terminal, signal, registry, tracer, opened });
  return 0;
}

/** Comes a while after the signal of a stop, for what the node is asked: by then it has had time to answer. */
function endOfCalls(signal: AbortSignal, delayMs = 0): AbortSignal {
  const stops = () => new BitqlError('NODE_UNREACHABLE', 'No more calls are sent to the node: BitQL stops.');
  return laterThan(signal, delayMs + NODE_GRACE_MS, stops);
}

/** Indexes what a live node has, until the signal; what its block files hold, if they are given, before that. */
export async function indexNode(options: ValuesOf<typeof INDEX_SETTINGS>, service: Service): Promise<void> {
  const end = endOfCalls(service.signal);
  const node = new LiveNode(await addressOf(options.node, options, service), options.zmq, end, {
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
    const withNode = { ...follow, onProgress };
    if (options.blocks !== null) await indexFromFiles(options.blocks, options, withNode, { ...service, node });
    await runIndexer({ ...withNode, node });
  });
}

/** How long block files wait for their node to say what they are of: it need not run. */
const FILES_WAIT_MS = 5_000;
/** What may be wrong with block files; the node has what they should hold. */
const UNUSABLE_FILES = new Set<ErrorCode>([
  'BAD_SETTING',
  'BLOCK_DAMAGED',
  'MALFORMED_BYTES',
  'NODE_PRUNED',
  'NODE_REFUSED',
  'NODE_WRONG_NETWORK',
]);

/** Indexes what the block files of a node hold, as far as they can be used. */
async function indexFromFiles(
  folder: string,
  { network, from }: ValuesOf<typeof INDEX_SETTINGS>,
  follow: Omit<IndexerOptions, 'node'>,
  { node, ...service }: Service & { readonly node: LiveNode },
): Promise<void> {
  try {
    const files = await openFiles(folder, (await networkOf(node)) ?? network, service, node);
    if (files === null) return;
    const { lowestBlock } = await files.info();
    // The files end below the tip: where that comes first, they serve for what is behind it. So they do where blocks are missing.
    if (from === 'tip' || lowestBlock > 0 || files.damage !== null)
      return await runIndexer({ ...follow, node: new NodeWithFiles(node, files) });
    await runIndexer({ ...follow, node: files, live: null, once: true });
  } catch (error) {
    goOnWithoutFiles(error, service.log);
  }
}

/** @throws what is not wrong with the files */
function goOnWithoutFiles(error: unknown, log: Logger): void {
  if (!UNUSABLE_FILES.has(errorCode(error)!)) throw error;
  log.warn(`${(error as Error).message} Continuing without the block files: all blocks come from the node.`);
}

/** With the magic of its block files; null where it does not tell now. */
function networkOf(node: LiveNode): Promise<Network | null> {
  return inTime(node.network(), FILES_WAIT_MS, () => new Error('it does not answer')).catch(() => null);
}

/** Indexes what the block files of a folder hold. */
export async function importBlocks(
  folder: string,
  options: ValuesOf<typeof IMPORT_SETTINGS>,
  service: Service,
): Promise<void> {
  await withProgress(service, async (onProgress) => {
    const node = await openFiles(folder, options.network, service);
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
  const mended = await reindexBlocks({
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
    `Indexed again: ${counted(mended.written, 'row')} written, ${mended.removed} removed. "bitql verify-store" checks the whole index.`,
  );
}

/** How a node is asked that is to follow the network which was asked for, or which the store holds. */
async function addressOf(
  node: string,
  { cookie, network = null }: { readonly cookie: string | null; readonly network?: NetworkId | null },
  { store }: Pick<Service, 'store'>,
): Promise<NodeAddress> {
  return parseNodeAddress(node, cookie ?? undefined, network ?? (await storedNetwork(store)));
}

/** Null where the store is empty. What is wrong with it otherwise, whoever works with it says. */
async function storedNetwork(store: ChainStore): Promise<NetworkId | null> {
  const record = await store.readState().catch(() => null);
  if (record === null) return null;
  try {
    return decodeState(record.value).network;
  } catch {
    return null;
  }
}

/** A node, its block files, or both. Null where the signal came first. */
async function nodeToReindexFrom(
  options: ValuesOf<typeof REINDEX_SETTINGS>,
  service: Service,
): Promise<ChainNode | null> {
  const { node, blocks } = options;
  const end = endOfCalls(service.signal);
  const address = node ?? (blocks === null ? SETTINGS.node.fallback : null);
  const live = address === null ? null : new LiveNode(await addressOf(address, options, service), null, end);
  if (blocks === null) return live;
  if (live === null) return openFiles(blocks, options.network, service);
  try {
    const files = await openFiles(blocks, (await networkOf(live)) ?? options.network, service, live);
    return files === null ? null : new NodeWithFiles(live, files);
  } catch (error) {
    goOnWithoutFiles(error, service.log);
    return live;
  }
}

/** Null where the signal came first: it may take a while. */
async function openFiles(
  folder: string,
  network: Network | NetworkId | null,
  { log, signal }: Service,
  node: LiveNode | null = null,
): Promise<BlockFilesNode | null> {
  log.info(`Reading the block files in ${folder}.`);
  try {
    const files = await BlockFilesNode.open(folder, network, signal, node);
    if (files.damage !== null) log.warn(files.damage);
    return files;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

type OnProgress = (progress: IndexingProgress) => void;

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
  let latest: IndexingProgress | null = null;
  const onProgress = (progress: IndexingProgress): void => {
    latest = progress;
    report.show(progress);
  };
  if (registry !== null) registerIndexerMetrics(registry, () => latest);
  await work(onProgress);
}

/** Starts a gateway, which ends with the command, and says where it is. Transactions are given to the node, if there is one. */
export async function serveStore(
  options: ValuesOf<typeof SERVE_SETTINGS & typeof BROADCAST_SETTINGS & typeof STORE_SETTINGS>,
  { store, log, bell, registry, signal, tracer, opened }: Service,
): Promise<void> {
  const { host, port, cors, scanBudget, gatewayCache, drainDelay, node } = options;
  const end = endOfCalls(signal, drainDelay * 1_000);
  const calls = { signal: end, atOnce: BROADCASTS_AT_ONCE };
  const rpc = node === null ? null : new Rpc(await addressOf(node, options, { store }), calls);
  const metrics = registry === null ? null : new GatewayMetrics(registry);
  const drainTimes = { ...DRAIN_TIMES, delayMs: drainDelay * 1_000 };
  const trustedDocuments = readTrustedDocuments(options.trustedDocuments);
  const callers = await openCallers(options, options.store, opened);
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
  });
  opened.defer(() => gateway.close());
  metrics?.follow(gateway.status);
  log.info(`GraphQL is at ${gateway.url}/graphql, its playground at ${gateway.url}/graphiql.`);
}

/** Both in one process. The gateway reads through a connection of its own: a query need not wait until a batch of blocks is written. */
export async function indexAndServe(
  options: ValuesOf<typeof INDEX_SETTINGS & typeof SERVE_SETTINGS & typeof STORE_SETTINGS>,
  service: Service,
): Promise<void> {
  const store = await openForIndexing(options)(service);
  if (store === null) return;
  service.opened.defer(() => store.close());
  const bell = new CommitBell();
  await serveStore(options, { ...service, store, bell });
  await indexNode(options, { ...service, bell });
}
