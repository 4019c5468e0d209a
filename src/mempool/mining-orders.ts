import { AsyncLocalStorage } from 'node:async_hooks';
import { LRUCache } from 'lru-cache';
import { networkById } from '../chain/networks.ts';
import { errorCode } from '../errors.ts';
import { FREE_WORK, MeteredStore, type Work } from '../query/work.ts';
import { compareCommitNumbers, encodeCommitNumber } from '../store/commit-number.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';
import { MiningOrder } from './mining-order.ts';
import { Pool, type PoolReads, requireRoomFor } from './pool.ts';
import { roomOf } from './projected-blocks.ts';

export interface MiningOrdersOptions {
  readonly store: ReadStore;
  /** Called between pieces of work, as in `Work` [never pauses]. */
  readonly goOn?: Work['goOn'];
}

/* What orders cost, in points. */
/** Pending transactions whose order is kept up to date for a point, and the most points that this costs. */
const TRANSACTIONS_OF_POINT = 32;
const MOST_POINTS_OF_CHANGE = 20_000;
/** Reading and ordering a pending transaction, and so many of its virtual bytes; and the most points for all: any caller may ask. */
const POINTS_OF_TRANSACTION = 5;
const BYTES_OF_POINT = 512;
const MOST_POINTS_OF_READING = 500_000;

/** When nobody has asked for so long, the memory is given back, in milliseconds. */
const IDLE_MS = 10 * 60_000;
/** The chunks of all orders that cursors may continue; each takes 8 bytes, and the pool has most of them anyway. */
const MOST_KEPT = 4_000_000;

/**
 * The mempool in mining order, for all requests of a gateway. It is read once, when somebody first asks; then it follows the log of
 * events as far as requests need it. So the work depends on what happens on the chain, not on how many ask.
 */
export class MiningOrders {
  readonly #reads: PoolReads;
  /** It works for all requests, outside of the one that began it. */
  readonly #outsideOfRequests = AsyncLocalStorage.snapshot();
  #pool: Pool | null = null;
  #order: MiningOrder | null = null;
  /** The mark of the index that is read, or about to be. */
  #mark: number | null = null;
  /** One step at a time. */
  #last: Promise<unknown> = Promise.resolve();
  #idle: ReturnType<typeof setTimeout> | undefined;
  readonly #kept = new LRUCache<string, MiningOrder>({
    maxSize: MOST_KEPT,
    sizeCalculation: ({ chunks }) => 1_000 + chunks.length,
  });

  constructor({ store, goOn = FREE_WORK.goOn }: MiningOrdersOptions) {
    const work: Work = { ...FREE_WORK, isPatient: true, goOn };
    this.#reads = { store: new MeteredStore(store, work), goOn, count() {} };
  }

  /**
   * What the order at a snapshot costs whoever asks for it: taking in what has changed, whoever is first; and reading all that is
   * pending, for the one who causes it. To be paid before `at`.
   */
  pointsFor({ state: { mark, mempool } }: Snapshot): number {
    const { count, virtualSize } = mempool ?? { count: 0, virtualSize: 0 };
    const change = Math.min(MOST_POINTS_OF_CHANGE, Math.ceil(count / TRANSACTIONS_OF_POINT));
    if (mark === this.#mark) return change;
    const reading = POINTS_OF_TRANSACTION * count + Math.ceil(virtualSize / BYTES_OF_POINT);
    return change + Math.min(MOST_POINTS_OF_READING, reading);
  }

  /**
   * The order at a snapshot, or a moment later if another request was ahead.
   * @throws BUDGET_EXCEEDED if the mempool is too large
   */
  at(snapshot: Snapshot): Promise<MiningOrder> {
    requireRoomFor(snapshot.state.mempool?.count ?? 0);
    this.#stayAwake();
    this.#mark = snapshot.state.mark;
    const order = this.#last.then(() => this.#outsideOfRequests(() => this.#bringTo(snapshot)));
    this.#last = order.catch(() => {});
    return order;
  }

  /** Keeps an order for cursors that were returned. */
  keep(order: MiningOrder): void {
    this.#kept.set(nameOf(order.snapshot), order);
  }

  /** The order at exactly this snapshot, if it is kept. */
  kept(snapshot: Pick<Snapshot, 'commit' | 'state'>): MiningOrder | undefined {
    return this.#kept.get(nameOf(snapshot));
  }

  async #bringTo(snapshot: Snapshot): Promise<MiningOrder> {
    const order = this.#order;
    if (order !== null && isSameIndex(order.snapshot, snapshot) && !isBefore(order.snapshot, snapshot)) return order;
    try {
      this.#pool = await this.#poolAt(snapshot);
      this.#order = await orderOf(this.#pool);
      return this.#order;
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  async #poolAt(snapshot: Snapshot): Promise<Pool> {
    const pool = this.#pool;
    if (pool === null || !isSameIndex(pool.snapshot, snapshot)) return Pool.load(this.#reads, snapshot);
    try {
      await pool.advance(snapshot);
      return pool;
    } catch (error) {
      if (errorCode(error) !== 'EVENTS_EXPIRED') throw error;
      return Pool.load(this.#reads, snapshot);
    }
  }

  #stayAwake(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#forget(), IDLE_MS);
    this.#idle.unref();
  }

  #forget(): void {
    this.#pool = null;
    this.#order = null;
    this.#mark = null;
    this.#kept.clear();
  }
}

/** The order of what is pending in a pool's snapshot. */
export async function orderOf(pool: Pool): Promise<MiningOrder> {
  const { snapshot } = pool;
  return new MiningOrder(snapshot, await pool.order(), roomOf(networkById(snapshot.state.network)));
}

/** An index that was begun anew has another mark. */
function isSameIndex(a: Snapshot, b: Snapshot): boolean {
  return a.state.mark === b.state.mark;
}

function isBefore(a: Snapshot, b: Snapshot): boolean {
  return compareCommitNumbers(a.commit, b.commit) < 0;
}

function nameOf({ commit, state }: Pick<Snapshot, 'commit' | 'state'>): string {
  return `${state.mark} ${Buffer.from(encodeCommitNumber(commit)).toString('hex')}`;
}
