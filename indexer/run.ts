import { setTimeout as sleep } from 'node:timers/promises';
import { type Network, type NetworkId, networkByChain } from '../src/chain/networks.ts';
import { BitqlError } from '../src/errors.ts';
import type { BlockRef } from '../src/store/state.ts';
import type { ChainStore } from '../src/store/store.ts';
import { ChainWriter } from '../src/store/writer.ts';
import { catchUp } from './catch-up.ts';
import { isGoneFromHere, thisHolder } from './holder.ts';
import type { BitcoinNode, NodeInfo } from './node/node.ts';
import { Outputs } from './outputs.ts';
import { type Progress, ProgressMeter } from './progress.ts';

/** What the indexer tells, one line at a time. */
export interface IndexerLog {
  info(message: string): void;
  warn(message: string): void;
}

export interface IndexerOptions {
  readonly store: ChainStore;
  readonly node: BitcoinNode;
  /** Null: the network that the node says. */
  readonly network: NetworkId | null;
  /** The first height to index; only an empty store heeds it. */
  readonly from: number;
  /** How often the node is asked for news [1,000]. */
  readonly pollMs?: number;
  readonly leaseMs: number;
  /** Memory for outputs of recent transactions, in bytes. */
  readonly cacheBytes: number;
  readonly log: IndexerLog;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Stop at the node's tip instead of waiting for more. */
  readonly once?: boolean;
}

const DEFAULT_POLL_MS = 1_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Follows a node until the signal says stop (or, with `once`, until its tip is reached). Where waiting helps, it waits,
 * says so once and goes on; any other error ends it.
 */
export async function runIndexer(options: IndexerOptions): Promise<void> {
  let wait = FIRST_WAIT_MS;
  let said = '';
  while (!options.signal.aborted) {
    try {
      await follow(options, () => {
        wait = FIRST_WAIT_MS;
        said = '';
      });
      return;
    } catch (error) {
      if (!(error instanceof BitqlError) || !error.retryable) throw error;
      if (error.message !== said) options.log.warn(`${error.message} Trying again (${error.code}).`);
      said = error.message;
      await pause(wait, options.signal);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
  }
}

/** One life as the writer: from taking the lease to giving it back. */
async function follow(options: IndexerOptions, onSuccess: () => void): Promise<void> {
  const { store, node, from, leaseMs, log } = options;
  let info = await node.info();
  const network = networkOf(info, options.network);
  const holder = thisHolder();
  const writer = await ChainWriter.acquire(store, {
    network: network.id,
    start: from,
    holder,
    leaseMs,
    isGone: isGoneFromHere,
  });
  // A long group must not outlast the lease. Should this fail, the next commit says why.
  const heartbeat = setInterval(() => void writer.renew().catch(() => {}), leaseMs / 3);
  try {
    announce(writer, from, info, log);
    refusePruned(writer, info);
    const step = stepper(options, writer, network);
    for (;;) {
      await step(info);
      onSuccess();
      if (options.once || (await pause(options.pollMs ?? DEFAULT_POLL_MS, options.signal))) return;
      info = await node.info();
    }
  } finally {
    clearInterval(heartbeat);
    await writer.release().catch(() => {});
  }
}

/** Takes the index to where the node says it is. */
function stepper(options: IndexerOptions, writer: ChainWriter, network: Network): (info: NodeInfo) => Promise<void> {
  const { store, node, cacheBytes, signal, onProgress } = options;
  const outputs = new Outputs({ store, node, network, cacheBytes, complete: writer.state.start === 0 });
  const meter = new ProgressMeter(writer.state.tip?.height ?? writer.state.start - 1, performance.now());
  return async (info) => {
    if (isNews(info, writer)) {
      await writer.observe({ tip: info.tip, headers: info.headers, version: info.version, at: Date.now() });
    }
    if (info.tip.hash === writer.state.tip?.hash) return;
    const onCommit = (tip: BlockRef, transactions: number) =>
      onProgress?.(meter.commit(tip.height, transactions, info.tip.height, performance.now()));
    await catchUp(info.tip, { store, node, network, writer, outputs, signal, onCommit });
  };
}

function isNews({ tip, headers }: NodeInfo, { state }: ChainWriter): boolean {
  return state.node?.tip.hash !== tip.hash || state.node.headers !== headers;
}

function networkOf({ currency, chain, version }: NodeInfo, wanted: NetworkId | null): Network {
  const found = networkByChain(currency, chain);
  if (found === undefined) {
    throw new BitqlError('NODE_WRONG_NETWORK', `The node (${version}) follows "${chain}", which BitQL does not know.`);
  }
  if (wanted !== null && wanted !== found.id) {
    throw new BitqlError(
      'NODE_WRONG_NETWORK',
      `The node (${version}) follows ${found.id}, not ${wanted}: give a node of ${wanted}, or --network ${found.id}.`,
    );
  }
  return found;
}

function announce({ state }: ChainWriter, from: number, info: NodeInfo, log: IndexerLog): void {
  const where = state.tip === null ? `from height ${state.start}` : `on from height ${state.tip.height}`;
  log.info(`Indexing ${state.network} ${where}; the node (${info.version}) is at ${info.tip.height}.`);
  if (info.headers > info.tip.height) {
    log.info(
      `The node itself is syncing (${info.tip.height} of ${info.headers}): its blocks are indexed as they come.`,
    );
  }
  if (from !== 0 && from !== state.start) {
    log.warn(`The store begins at height ${state.start}; --from ${from} is for new stores only and changes nothing.`);
  }
}

function refusePruned({ state }: ChainWriter, { lowestBlock }: NodeInfo): void {
  const next = state.tip === null ? state.start : state.tip.height + 1;
  if (next >= lowestBlock) return;
  throw new BitqlError(
    'NODE_PRUNED',
    `The node has pruned the blocks below ${lowestBlock}, and the index needs ${next}: ` +
      `use a node that keeps its blocks, or begin a new store with --from ${lowestBlock}.`,
  );
}

/** Resolves after a while, or when the signal comes: then true. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => {});
  return signal.aborted;
}
