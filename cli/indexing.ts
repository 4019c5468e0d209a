import type { Logger } from 'pino';
import { registerIndexerMetrics } from '../indexer/metrics.ts';
import { BlockFilesNode, NodeWithFiles } from '../indexer/node/block-files/block-files-node.ts';
import { LiveNode } from '../indexer/node/live-node.ts';
import type { IndexingProgress } from '../indexer/progress.ts';
import { type IndexerOptions, runIndexer } from '../indexer/run.ts';
import type { Network, NetworkId } from '../src/chain/networks.ts';
import { BitqlError, type ErrorCode, errorCode } from '../src/errors.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import { inTime } from '../src/waiting.ts';
import type { IMPORT_SETTINGS, INDEX_SETTINGS } from './command-settings.ts';
import { openForIndexing } from './open-store.ts';
import { ProgressReport } from './progress.ts';
import { endOfCalls, nodeAddressOf, runService, type Service, type ServiceSettings } from './service.ts';
import type { Terminal } from './terminal.ts';

/** Runs `bitql index`. @returns the exit code */
export async function runIndex(
  options: ValuesOf<typeof INDEX_SETTINGS & ServiceSettings>,
  terminal: Terminal,
): Promise<number> {
  return runService(openForIndexing(options), options, terminal, (service) => indexNode(options, service));
}

/** Runs `bitql import`. @param folder of block files @returns the exit code */
export async function runImport(
  folder: string,
  options: ValuesOf<typeof IMPORT_SETTINGS & ServiceSettings>,
  terminal: Terminal,
): Promise<number> {
  return runService(openForIndexing(options), options, terminal, (service) => importBlocks(folder, options, service));
}

const HOUR_SECONDS = 60 * 60;

/** Indexes the block files of a node, if they are given, and then follows the node until the signal. */
export async function indexNode(options: ValuesOf<typeof INDEX_SETTINGS>, service: Service): Promise<void> {
  const end = endOfCalls(service.signal);
  const node = new LiveNode(await nodeAddressOf(options.node, options, service), options.zmq, end, {
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

/** How long to wait for the node to name the network of the block files. The node need not run. */
const FILES_WAIT_MS = 5_000;
/** The errors of unusable block files. Their blocks can come from the node instead. */
const UNUSABLE_FILES = new Set<ErrorCode>([
  'BAD_SETTING',
  'BLOCK_DAMAGED',
  'MALFORMED_BYTES',
  'NODE_PRUNED',
  'NODE_REFUSED',
  'NODE_WRONG_NETWORK',
]);

/** Indexes the block files of a node, as far as they can be used. */
async function indexFromFiles(
  folder: string,
  { network, from }: ValuesOf<typeof INDEX_SETTINGS>,
  follow: Omit<IndexerOptions, 'node'>,
  { node, ...service }: Service & { readonly node: LiveNode },
): Promise<void> {
  try {
    const files = await openBlockFiles(folder, (await networkOf(node)) ?? network, service, node);
    if (files === null) return;
    const { lowestBlock } = await files.info();
    // The files end below the tip. If the tip comes first, or blocks are missing, they only supply blocks to an indexer that follows the node.
    if (from === 'tip' || lowestBlock > 0 || files.damage !== null)
      return await runIndexer({ ...follow, node: new NodeWithFiles(node, files) });
    await runIndexer({ ...follow, node: files, live: null, once: true });
  } catch (error) {
    continueWithoutFiles(error, service.log);
  }
}

/** @throws the error, if it is not about the files */
export function continueWithoutFiles(error: unknown, log: Logger): void {
  if (!UNUSABLE_FILES.has(errorCode(error)!)) throw error;
  log.warn(`${(error as Error).message} Continuing without the block files: all blocks come from the node.`);
}

/** The network of a node, which gives the magic of its block files; null if the node does not answer now. */
export function networkOf(node: LiveNode): Promise<Network | null> {
  return inTime(node.network(), FILES_WAIT_MS, () => new Error('it does not answer')).catch(() => null);
}

/** Indexes the block files of a folder. */
async function importBlocks(
  folder: string,
  options: ValuesOf<typeof IMPORT_SETTINGS>,
  service: Service,
): Promise<void> {
  await withProgress(service, async (onProgress) => {
    const node = await openBlockFiles(folder, options.network, service);
    if (node === null) return;
    await runIndexer({ ...indexerOptions(options, service), node, once: true, onProgress });
    // The blocks below the damage are indexed, but an incomplete import must not end with success.
    if (node.damage !== null && !service.signal.aborted) throw new BitqlError('BLOCK_DAMAGED', node.damage);
  });
}

/** Opens block files, which may take a while. Null if the signal came first. */
export async function openBlockFiles(
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
    families: options.index ?? [],
    leaseMs: options.lease * 1_000,
    cacheBytes: options.cache * 1024 * 1024,
    log,
    signal,
  };
}

/** Runs an indexer whose progress is shown and, with a registry, exported as metrics. */
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
