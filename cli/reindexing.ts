import { NodeWithFiles } from '../indexer/node/block-files/block-files-node.ts';
import { LiveNode } from '../indexer/node/live-node.ts';
import type { ChainNode } from '../indexer/node/node.ts';
import { addFamilies } from '../indexer/reindex/add-families.ts';
import { type Mended, reindexBlocks } from '../indexer/reindex/reindex.ts';
import { counted } from '../src/counted.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import { SETTINGS } from '../src/settings/settings.ts';
import type { PostingFamily } from '../src/store/postings.ts';
import type { HeightRange } from '../src/store/state.ts';
import type { REINDEX_SETTINGS } from './command-settings.ts';
import { continueWithoutFiles, networkOf, openBlockFiles } from './indexing.ts';
import { openForIndexing, requireFile } from './open-store.ts';
import { endOfCalls, nodeAddressOf, runService, type Service, type ServiceSettings } from './service.ts';
import type { Terminal } from './terminal.ts';

/** What `bitql reindex` is to do. */
export interface ReindexWork {
  /** To index again; none if empty. */
  readonly heights: readonly HeightRange[];
  /** To add to the index; none if empty. */
  readonly families: readonly PostingFamily[];
  /** Whether to print the result as JSON. */
  readonly json: boolean;
}

/** What it has done. */
interface ReindexResult {
  /** Null if no heights were given, or the signal came first. */
  readonly mended: Mended | null;
  /** Families that are complete now, and the blocks to which they were added; null if none were given, or the signal came first. */
  readonly added: { readonly index: readonly PostingFamily[]; readonly blocks: number } | null;
}

/** Runs `bitql reindex`. @returns the exit code @throws BitqlError NOT_SYNCED if there is no index */
export async function runReindex(
  work: ReindexWork,
  options: ValuesOf<typeof REINDEX_SETTINGS & ServiceSettings>,
  terminal: Terminal,
): Promise<number> {
  requireFile(options.store);
  return runService(openForIndexing(options), options, terminal, async (service) => {
    const mended = await reindexHeights(work, options, service);
    const added = await addKinds(work, options, service);
    terminal.status('');
    if (work.json) terminal.print(JSON.stringify({ mended, added }));
    else describe({ mended, added }, service);
  });
}

function describe({ mended, added }: ReindexResult, { terminal, signal }: Service): void {
  if (mended !== null) {
    terminal.print(
      `Indexed again: ${counted(mended.written, 'row')} written, ${mended.removed} removed. "bitql verify-store" checks the whole index.`,
    );
  }
  if (added !== null) {
    const blocks = counted(added.blocks, 'block', grouped(added.blocks));
    terminal.print(`The index has ${added.index.join(', ')} now: added to ${blocks}.`);
  } else if (signal.aborted) terminal.note('Stopped before the end: the same command continues.');
}

/** Indexes heights again that are already indexed. Null if there are none, or the signal came first. */
async function reindexHeights(
  { heights }: ReindexWork,
  options: ValuesOf<typeof REINDEX_SETTINGS>,
  service: Service,
): Promise<Mended | null> {
  const { log, terminal, signal, store } = service;
  const node = heights.length === 0 ? null : await nodeToReindexFrom(options, service);
  if (node === null) return null;
  return reindexBlocks({
    store,
    node,
    heights,
    leaseMs: options.lease * 1_000,
    cacheBytes: options.cache * 1024 * 1024,
    log,
    signal,
    onProgress: (height) => {
      if (terminal.isInteractive) terminal.status(`Indexed again up to block ${grouped(height)}.`);
    },
  });
}

/** How often a log gets a line, in milliseconds. */
const LINE_INTERVAL_MS = 10_000;

/** Adds families of postings. Null if there are none, or the signal came first. */
async function addKinds(
  { families }: ReindexWork,
  options: ValuesOf<typeof REINDEX_SETTINGS>,
  { log, terminal, signal, store }: Service,
): Promise<ReindexResult['added']> {
  if (families.length === 0 || signal.aborted) return null;
  let lastLineAt = performance.now();
  const onProgress = (left: number) => {
    const line = `Adding ${families.join(', ')}: ${counted(left, 'block', grouped(left))} left.`;
    if (terminal.isInteractive) terminal.status(line);
    else if (performance.now() - lastLineAt >= LINE_INTERVAL_MS) {
      lastLineAt = performance.now();
      log.info(line);
    }
  };
  const blocks = await addFamilies({ store, families, leaseMs: options.lease * 1_000, signal, onProgress });
  return blocks === null ? null : { index: families, blocks };
}

/** A node, its block files, or both. Null if the signal came first. */
async function nodeToReindexFrom(
  options: ValuesOf<typeof REINDEX_SETTINGS>,
  service: Service,
): Promise<ChainNode | null> {
  const { node, blocks } = options;
  const end = endOfCalls(service.signal);
  const address = node ?? (blocks === null ? SETTINGS.node.fallback : null);
  const live = address === null ? null : new LiveNode(await nodeAddressOf(address, options, service), null, end);
  if (blocks === null) return live;
  if (live === null) return openBlockFiles(blocks, options.network, service);
  try {
    const files = await openBlockFiles(blocks, (await networkOf(live)) ?? options.network, service, live);
    return files === null ? null : new NodeWithFiles(live, files);
  } catch (error) {
    continueWithoutFiles(error, service.log);
    return live;
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
