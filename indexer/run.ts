import type { Network, NetworkId } from '../src/chain/networks.ts';
import { counted } from '../src/counted.ts';
import { BitqlError, errorCode } from '../src/errors.ts';
import { blocksLackingFamilies } from '../src/store/families.ts';
import type { PostingFamily } from '../src/store/postings.ts';
import type { ChainStore } from '../src/store/store.ts';
import { ChainWriter } from '../src/store/writer.ts';
import { unlessAborted } from '../src/waiting.ts';
import { Follower } from './follower.ts';
import { isGoneFromHere, thisHolder } from './holder.ts';
import type { ChainNode, FollowedNode, NodeInfo } from './node/node.ts';
import { followedNetwork } from './node/node-network.ts';
import { type Attempt, LONGEST_WAIT_MS, Reminders, withPatience } from './patience.ts';
import { type IndexerLog, type IndexingProgress, Monitor } from './progress.ts';

export interface IndexerOptions {
  readonly store: ChainStore;
  readonly node: ChainNode;
  /** Null for the node's network. */
  readonly network: NetworkId | null;
  /**
   * The first height to index, or the node's tip, with the history filled in afterwards. Only used for an empty store.
   */
  readonly from: number | 'tip';
  /** The families of postings that the index is to have, beside those that it has [none]. */
  readonly families?: readonly PostingFamily[];
  /** The same node, running, for its mempool; none if there are only blocks. */
  readonly live?: FollowedNode | null;
  /** Milliseconds between two polls of the node [1,000]. */
  readonly pollMs?: number;
  /** Milliseconds between two attempts at history whose blocks the node does not have yet [10,000]. */
  readonly historyRetryMs?: number;
  /** How long the node keeps an unconfirmed transaction [two weeks]. */
  readonly mempoolExpirySeconds?: number;
  /** How long events are kept, in milliseconds [a day]. */
  readonly eventsKeptMs?: number;
  readonly leaseMs: number;
  /** Memory for outputs of recent transactions, in bytes. */
  readonly cacheBytes: number;
  readonly log: IndexerLog;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: IndexingProgress) => void;
  /** Called when readers can see something new. */
  readonly onCommit?: () => void;
  /** Stop at the node's tip instead of waiting for more. */
  readonly once?: boolean;
}

const HOUR_SECONDS = 60 * 60;
const DEFAULTS = {
  live: null,
  pollMs: 1_000,
  historyRetryMs: 10_000,
  /** Core: DEFAULT_MEMPOOL_EXPIRY_HOURS. */
  mempoolExpirySeconds: 336 * HOUR_SECONDS,
  eventsKeptMs: 24 * HOUR_SECONDS * 1_000,
};

/**
 * Follows a node until the signal (or, with `once`, until its tip is reached). After an error for which waiting helps,
 * it pauses, logs the error each minute, and continues; any other error ends it.
 */
export async function runIndexer(options: IndexerOptions): Promise<void> {
  // A process that waits for another writer to leave takes over within its lease.
  const longestWaitMs = Math.min(LONGEST_WAIT_MS, options.leaseMs / 3);
  await withPatience((attempt) => follow(options, attempt), { ...options, longestWaitMs });
}

/** What a term as the writer begins with. */
interface Beginning {
  readonly info: NodeInfo;
  readonly network: Network;
  readonly writer: ChainWriter;
}

/** One term as the writer, from taking the lease to giving it back. */
async function follow(options: IndexerOptions, attempt: Attempt): Promise<void> {
  const { node, from, leaseMs, log, signal } = options;
  // A node or store that has just failed may take long to answer. A stop does not wait for it.
  const beginning = await (attempt.isInTrouble ? unlessAborted(signal, begin(options)) : begin(options));
  const { network, writer } = beginning;
  let { info } = beginning;
  const monitor = new Monitor(options, writer);
  let isStoreGone = false;
  let follower: Follower | null = null;
  let lost: unknown = null;
  const renew = () =>
    writer.renew(monitor.report()).catch((error: unknown) => {
      // Other errors show at the next commit. A replaced writer may not commit for a long time, so LEASE_LOST is
      // noticed here.
      if (errorCode(error) === 'LEASE_LOST') lost = error;
    });
  // A long group must not outlast the lease.
  const heartbeat = setInterval(() => void renew(), leaseMs / 3);
  try {
    if (attempt.reminders.isDue('beginning')) announce(writer, from, info, log);
    refusePruned(writer, info);
    follower = await Follower.start({ ...DEFAULTS, ...options }, { writer, network, monitor, attempt });
    const reminders = new Reminders();
    for (;;) {
      remindOfStart(writer, info, log, reminders);
      const hasMore = await follower.step(info);
      attempt.progressed();
      if (!hasMore && options.once && !follower.isWaitingForHistory) {
        await options.store.settle({ onPart: renew, signal });
        if (lost !== null) throw lost;
        return;
      }
      if (!hasMore) await follower.idle();
      if (signal.aborted) return;
      if (lost !== null) throw lost;
      info = await node.info();
    }
  } catch (error) {
    isStoreGone = errorCode(error) === 'STORE_UNAVAILABLE';
    throw error;
  } finally {
    clearInterval(heartbeat);
    follower?.close();
    // Releasing the lease in an unavailable store would only wait once more. This process can take the lease again, and
    // it expires otherwise.
    if (!isStoreGone) await writer.release().catch(() => {});
  }
}

async function begin(options: IndexerOptions): Promise<Beginning> {
  const { store, node, network: wanted, from, families = [], leaseMs, onCommit } = options;
  const info = await node.info();
  const network = networkOf(info, wanted);
  const writer = await ChainWriter.acquire(store, {
    network: network.id,
    start: from === 'tip' ? info.lowestBlock : from,
    families,
    holder: thisHolder(),
    leaseMs,
    isGone: isGoneFromHere,
    onCommit,
  });
  return { info, network, writer };
}

function networkOf(info: NodeInfo, wanted: NetworkId | null): Network {
  const found = followedNetwork(info);
  if (wanted !== null && wanted !== found.id) {
    throw new BitqlError(
      'NODE_WRONG_NETWORK',
      `The node (${info.version}) follows ${found.id}, not ${wanted}: give a node of ${wanted}, or --network ${found.id}.`,
    );
  }
  return found;
}

function announce({ state }: ChainWriter, from: number | 'tip', info: NodeInfo, log: IndexerLog): void {
  const beginning = from === 'tip' ? `from the tip, and back to height ${state.start}` : `from height ${state.start}`;
  const where = state.tip === null ? beginning : `after height ${state.tip.height}`;
  log.info(`Indexing ${state.network} ${where}; the node (${info.version}) is at ${info.tip.height}.`);
  if (info.headers > info.tip.height) {
    log.info(
      `The node itself is syncing (${info.tip.height} of ${info.headers}): its blocks are indexed as they arrive.`,
    );
  }
  const lacking = blocksLackingFamilies(state);
  if (lacking > 0) log.info(`Kinds of postings are added meanwhile to ${counted(lacking, 'block')}, which lack them.`);
  if (from !== 0 && from !== 'tip' && from !== state.start) {
    log.warn(
      `The store starts at height ${state.start}; --from ${from} has no effect, since it is for new stores only.`,
    );
  }
}

/** A given height may be far above the node, possibly by mistake. */
function remindOfStart({ state }: ChainWriter, info: NodeInfo, log: IndexerLog, reminders: Reminders): void {
  if (state.tip !== null || state.start <= info.tip.height || !reminders.isDue('start')) return;
  log.warn(`Waiting for block ${state.start}, the first to index (--from): the node is at ${info.tip.height}.`);
}

function refusePruned({ state }: ChainWriter, { lowestBlock, damage = null }: NodeInfo): void {
  const next = state.tip === null ? state.start : state.tip.height + 1;
  if (next >= lowestBlock) return;
  if (damage !== null) throw new BitqlError('BLOCK_DAMAGED', damage);
  throw new BitqlError(
    'NODE_PRUNED',
    `The node has pruned the blocks below ${lowestBlock}, and the index needs ${next}: ` +
      `use a node that keeps its blocks, or start a new store with --from ${lowestBlock}.`,
  );
}
