import type { Network } from '../src/chain/networks.ts';
import { errorCode } from '../src/errors.ts';
import { decodeCommitNumber } from '../src/store/commit-number.ts';
import { blocksLackingFamilies, heldFamilies } from '../src/store/families.ts';
import { EVERY_ARRIVAL } from '../src/store/pending.ts';
import type { CompetingTip } from '../src/store/state.ts';
import type { ChainStore } from '../src/store/store.ts';
import type { ChainWriter } from '../src/store/writer.ts';
import { pause } from '../src/waiting.ts';
import { catchUp } from './catch-up.ts';
import { Committer, type WriterContext } from './commit.ts';
import { FamilyFill } from './families/family-fill.ts';
import { fillPending } from './families/pending-fill.ts';
import { beginAtTip, History, lacksHistory } from './history.ts';
import { DepartedPostings } from './mempool/departed.ts';
import { loadPending } from './mempool/load.ts';
import { MempoolReconciler, type PendingCommits } from './mempool/reconcile.ts';
import { Sweep } from './mempool/sweep.ts';
import { SweptRows } from './mempool/swept-rows.ts';
import type { Hint, Hints } from './node/hints/hint.ts';
import type { ChainNode, FollowedNode, NodeInfo } from './node/node.ts';
import { OutputFinder } from './outputs/output-finder.ts';
import { type Attempt, Reminders } from './patience.ts';
import type { IndexerLog, Monitor } from './progress.ts';

export interface FollowerOptions {
  readonly store: ChainStore;
  readonly node: ChainNode;
  /** The running node, for its mempool; null if there are only blocks. */
  readonly live: FollowedNode | null;
  readonly from: number | 'tip';
  readonly cacheBytes: number;
  readonly mempoolExpirySeconds: number;
  readonly eventsKeptMs: number;
  readonly pollMs: number;
  readonly historyRetryMs: number;
  readonly log: IndexerLog;
  readonly signal: AbortSignal;
}

/** One term as the writer of the store. */
export interface WriterLife {
  readonly writer: ChainWriter;
  readonly network: Network;
  readonly monitor: Monitor;
  readonly attempt: Attempt;
}

/** The parts with which it follows the node. */
interface Parts {
  readonly context: WriterContext;
  readonly mempool: MempoolReconciler;
  readonly sweep: Sweep;
  readonly families: FamilyFill;
  readonly hints: Hints | null;
}

/** How often the whole mempool is compared, and branches are requested, without a hint that this is needed. */
const CHECK_MS = 30_000;
/** How long families are filled in before new transactions are looked at. */
const FILL_MS = 250;
/** Pause if the node is still loading its mempool, or is just changing its tip. */
const RETRY_MS = 200;
/** Branches that end more than this below the tip are ignored. */
const RECENT_BLOCKS = 10;

/** Follows a node, a step at a time, as long as this process is the writer. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #writer: ChainWriter;
  readonly #monitor: Monitor;
  readonly #context: WriterContext;
  readonly #mempool: MempoolReconciler;
  readonly #history: History;
  readonly #sweep: Sweep;
  readonly #families: FamilyFill;
  readonly #hints: Hints | null;
  /** When the whole mempool was last compared; null if it must be compared now. */
  #checkedAt: number | null = null;
  /** When history is tried again; null while it does not wait. */
  #historyWaitsUntil: number | null = null;
  readonly #reminders = new Reminders();

  private constructor(options: FollowerOptions, writer: ChainWriter, monitor: Monitor, parts: Parts) {
    this.#options = options;
    this.#writer = writer;
    this.#monitor = monitor;
    this.#context = parts.context;
    this.#mempool = parts.mempool;
    this.#sweep = parts.sweep;
    this.#families = parts.families;
    this.#hints = parts.hints;
    this.#history = new History(parts.context);
  }

  /** Starts from the state of the store. */
  static async start(options: FollowerOptions, life: WriterLife): Promise<Follower> {
    const { writer, network, monitor, attempt } = life;
    const { store, node, live, cacheBytes, log, signal } = options;
    const outputFinder = new OutputFinder({ store, node, network, cacheBytes });
    const shared = { store, network, writer, outputFinder };
    const { set, unmoved } = await loadPending(store, writer.state, network, new SweptRows(shared));
    await forgetEpochs(store, writer);
    const departed = new DepartedPostings(shared);
    await departed.move(unmoved);
    await fillPending({ ...shared, signal });
    const expirySeconds = options.mempoolExpirySeconds;
    const mempool = new MempoolReconciler({ ...shared, node: live, set, expirySeconds });
    const committer = new Committer({ writer, mempool, departed });
    const onProgress = (transactions: number) => {
      attempt.progressed();
      monitor.add(transactions, outputFinder.lookups);
    };
    const { stages } = monitor;
    const held = heldFamilies(writer.state);
    const stretchParts = { store, node, network, families: held, outputFinder, pending: set, stages, log, signal };
    const context: WriterContext = { writer, committer, live, parts: stretchParts, onProgress };
    const sweep = new Sweep({ ...shared, eventsKeptMs: options.eventsKeptMs });
    const families = new FamilyFill({ ...shared, signal, onProgress: () => onProgress(0) });
    const hints = live === null ? null : await live.openHints();
    return new Follower(options, writer, monitor, { context, mempool, sweep, families, hints });
  }

  /**
   * Brings the index to the node's tip, its mempool too, then fills in a stretch of missing history, or of families.
   * @returns whether there is more to do at once
   */
  async step(info: NodeInfo): Promise<boolean> {
    const { signal, live } = this.#options;
    const writer = this.#writer;
    await this.#observe(info);
    const isBehind = info.tip.hash !== writer.state.tip?.hash;
    if (isBehind || lacksHistory(writer)) await this.#monitor.aim(info.tip);
    if (isBehind) await this.#catchUp(info);
    if (signal.aborted) return false;
    const isAtTip = writer.state.tip?.hash === info.tip.hash;
    if (isAtTip && live !== null && this.#isCheckDue()) {
      if (!(await this.#commit(this.#mempool.reconcile()))) return !(await pause(RETRY_MS, signal));
      this.#checkedAt = performance.now();
    }
    await this.#sweep.step();
    if (lacksHistory(writer) && !signal.aborted && (await this.#fillHistory())) return true;
    return blocksLackingFamilies(writer.state) > 0 && !signal.aborted && (await this.#fillFamilies());
  }

  /** Whether history waits for blocks that the node does not have yet, or cannot read. */
  get isWaitingForHistory(): boolean {
    return this.#historyWaitsUntil !== null;
  }

  /** A node that lacks old blocks has the new ones, which are followed in the mean time. */
  async #fillHistory(): Promise<boolean> {
    if (this.#historyWaitsUntil !== null && performance.now() < this.#historyWaitsUntil) return false;
    try {
      const hasMore = await this.#history.fill();
      this.#historyWaitsUntil = null;
      this.#reminders.clear();
      return hasMore;
    } catch (error) {
      if (errorCode(error) !== 'NODE_LACKS_BLOCK') throw error;
      const { log, historyRetryMs } = this.#options;
      if (this.#reminders.isDue('history')) {
        log.warn(`${(error as Error).message} Older blocks wait for it; new blocks are indexed (NODE_LACKS_BLOCK).`);
      }
      this.#historyWaitsUntil = performance.now() + historyRetryMs;
      return false;
    }
  }

  /** For a short time only, so that new transactions do not wait for long. Damage elsewhere in the index does not stop the indexer. */
  async #fillFamilies(): Promise<boolean> {
    const { log, pollMs } = this.#options;
    try {
      const hasMore = await this.#families.step(FILL_MS);
      if (this.#hints !== null) while (await this.#followHints(this.#hints, 0));
      else if (this.#checkedAt !== null && performance.now() - this.#checkedAt >= pollMs) this.#checkedAt = null;
      return hasMore;
    } catch (error) {
      if (errorCode(error) !== 'STORE_DAMAGED') throw error;
      log.warn(
        `${(error as Error).message} Kinds of postings that the index lacks are not added until the next start (STORE_DAMAGED).`,
      );
      return false;
    }
  }

  /** Waits for hints, and follows the mempool meanwhile. */
  async idle(): Promise<void> {
    const { pollMs, signal } = this.#options;
    if (this.#hints === null) {
      await pause(pollMs, signal);
      this.#checkedAt = null;
      return;
    }
    const end = performance.now() + pollMs;
    for (let left = pollMs; left > 0 && !signal.aborted; left = end - performance.now()) {
      if (!(await this.#followHints(this.#hints, left))) return;
    }
  }

  /** Waits for hints, and looks at the transactions that they name. @returns false if there are none, or a step is needed */
  async #followHints(hints: Hints, waitMs: number): Promise<boolean> {
    const news = await hints.next(waitMs, this.#options.signal);
    if (news.length === 0) return false;
    this.#mempool.note(news);
    const isOfMempool = !news.some(isOfBlocks);
    if (isOfMempool && this.#checkedAt !== null && (await this.#commit(this.#mempool.look(news)))) {
      // Many arrivals also mean many departures.
      await this.#sweep.step();
      return true;
    }
    // Transactions in the same hints as new blocks are not looked at one by one.
    if (news.some(({ kind }) => kind !== 'tip')) this.#checkedAt = null;
    return false;
  }

  close(): void {
    this.#hints?.close();
  }

  #commit(commits: PendingCommits): Promise<boolean> {
    return this.#context.committer.commitPending(commits);
  }

  async #catchUp({ tip: target }: NodeInfo): Promise<void> {
    this.#checkedAt = null;
    if (this.#writer.state.tip === null && this.#options.from === 'tip') await beginAtTip(target, this.#context);
    else await catchUp(target, this.#context);
  }

  /** Records what is new about the node, for readers. */
  async #observe({ tip, headers, version }: NodeInfo): Promise<void> {
    const { live } = this.#options;
    const { node } = this.#writer.state;
    const isSame = node?.tip.hash === tip.hash && node.headers === headers;
    if (isSame && !this.#isCheckDue()) return;
    const competing = live === null ? [] : await competingTips(live, tip.height);
    if (isSame && JSON.stringify(node.competing) === JSON.stringify(competing)) return;
    await this.#writer.observe({ tip, headers, version, competing, at: Date.now() });
  }

  #isCheckDue(): boolean {
    return this.#checkedAt === null || performance.now() - this.#checkedAt >= CHECK_MS;
  }
}

/** Forgets past epochs that no row names any more. */
async function forgetEpochs(store: ChainStore, writer: ChainWriter): Promise<void> {
  const { epoch, epochs, logStart } = writer.state;
  const [page] = await store.scan('pending', [EVERY_ARRIVAL], { limit: 1 });
  const [first] = page!.rows;
  const lowest = Math.min(logStart?.epoch ?? epoch, first === undefined ? epoch : decodeCommitNumber(first.key).epoch);
  if (Object.keys(epochs).some((past) => Number(past) < lowest)) await writer.forgetEpochs(lowest);
}

async function competingTips(node: FollowedNode, height: number): Promise<CompetingTip[]> {
  const tips = await node.chainTips();
  return tips.filter((tip) => tip.status !== 'active' && tip.height > height - RECENT_BLOCKS);
}

function isOfBlocks({ kind }: Hint): boolean {
  return kind === 'tip' || kind === 'lost';
}
