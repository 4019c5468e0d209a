import { randomInt } from 'node:crypto';
import { equalBytes } from '../chain/bytes.ts';
import type { NetworkId } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import type { CommitNumber } from './commit-number.ts';
import { withFamilies } from './families.ts';
import { blockKey, MAX_FORK, MAX_HEIGHT } from './position.ts';
import type { PostingFamily } from './postings.ts';
import {
  type ChainState,
  decodeState,
  encodeState,
  type FamilyStates,
  type HeightRange,
  initialState,
  type MempoolSummary,
  type NodeView,
  type WriterLease,
  type WriterProgress,
} from './state.ts';
import type { Batch, ChainStore, StateRecord, SweptTable } from './store.ts';

/** Options of a writer. */
export interface WriterOptions {
  readonly network: NetworkId;
  /** The first height to index; used only while the store is empty. */
  readonly start: number;
  /** The name of this writer for others, for example host:process. */
  readonly holder: string;
  readonly leaseMs: number;
  /** The families that the index is to have, beside those that it has; a new one has the usual ones anyway [none]. */
  readonly families?: Iterable<PostingFamily>;
  /** Whether the holder of an unexpired lease is known to be gone. A wrong "yes" is harmless. */
  readonly isGone?: (holder: string) => boolean;
  /** Called after each commit. */
  readonly onCommit?: (() => void) | undefined;
}

/** The changes of one commit, made at once. */
export interface Commit {
  readonly tip?: NonNullable<ChainState['tip']>;
  readonly forks?: ChainState['forks'];
  readonly coverage?: readonly HeightRange[];
  readonly families?: FamilyStates;
  readonly mempool?: MempoolSummary;
  readonly departed?: CommitNumber;
  readonly stretches?: readonly CommitNumber[];
  readonly swept?: CommitNumber;
  readonly logStart?: CommitNumber;
}

/**
 * The one writer of a store. Rows are written first, then one compare-and-set of the state makes them visible. It
 * requires the writer's own epoch, so a writer that was paused and replaced cannot change anything visible.
 */
export class ChainWriter {
  readonly #store: ChainStore;
  readonly #options: WriterOptions;
  #revision: number;
  #state: ChainState;
  /** Changes of the state, one after the other. */
  #queue: Promise<void> = Promise.resolve();
  /** How many of them are under way. */
  #changing = 0;

  private constructor(store: ChainStore, options: WriterOptions, revision: number, state: ChainState) {
    this.#store = store;
    this.#options = options;
    this.#revision = revision;
    this.#state = state;
  }

  /**
   * Becomes the writer, in a new epoch. An index without a mark is given one.
   * @throws STORE_BUSY while another writer's lease runs, STORE_WRONG_NETWORK, STORE_NEWER_FORMAT, STORE_OLDER_FORMAT,
   *   STORE_DAMAGED
   */
  static async acquire(store: ChainStore, options: WriterOptions): Promise<ChainWriter> {
    // A store of another format is refused before anything else of it is read.
    const before = await store.readState();
    if (before !== null) decodeState(before.value);
    const [now, hasBlocks] = await Promise.all([store.now(), holdsBlocks(store)]);
    // After the blocks: another writer may be making both now, and it writes the state first.
    const record = await store.readState();
    const state = stateFor(record, hasBlocks, options);
    refuseOtherNetwork(state, options.network);
    refuseRunningLease(state, options, now);
    const begun = inNextEpoch(state);
    const next = { ...begun, families: withFamilies(begun, options.families ?? []), lease: lease(options, now) };
    const revision = record?.revision ?? 0;
    const value = encodeState(next);
    if (!(await store.compareAndSetState(revision, value)) && !(await holdsState(store, value))) {
      throw new BitqlError(
        'STORE_BUSY',
        'Another indexer has just taken this database: stop it first, or give another --store.',
      );
    }
    return new ChainWriter(store, options, revision + 1, next);
  }

  get state(): ChainState {
    return this.#state;
  }

  /** Writes rows, which become visible with a commit. */
  async write(batch: Batch): Promise<void> {
    await this.#store.write(batch);
  }

  /** The number of the next commit. The transactions that arrive with it have the numbers right before. */
  next(arrivals = 0): CommitNumber {
    const { epoch, commit } = this.#state;
    return { epoch, counter: commit + arrivals + 1 };
  }

  /**
   * Makes rows visible that were written before.
   * @param number the result of `next`, which the rows name. If the commit fails, the number must not be used for anything
   *   else: only a new epoch ensures that rows written under it never become visible.
   */
  async commit(commit: Commit, number = this.next()): Promise<void> {
    await this.#change((state) => ({ ...state, ...commit, commit: number.counter }));
    this.#options.onCommit?.();
  }

  /** Removes past epochs that no row names any more. */
  async forgetEpochs(before: number): Promise<void> {
    await this.#change((state) => ({
      ...state,
      epochs: Object.fromEntries(Object.entries(state.epochs).filter(([epoch]) => Number(epoch) >= before)),
    }));
  }

  /** Tells readers that transactions which departed up to a commit are out of the tables of pending ones. */
  async tellMoved(moved: CommitNumber): Promise<void> {
    await this.#change((state) => ({ ...state, moved }));
  }

  /** Removes rows that no snapshot can see any more. */
  async remove(table: SweptTable, keys: readonly Uint8Array[]): Promise<void> {
    await this.#store.remove(table, keys);
  }

  /**
   * Renews the lease and publishes the progress. Every other change renews the lease too, so nothing is done while one is
   * under way.
   */
  async renew(progress: WriterProgress | null): Promise<void> {
    if (this.#changing === 0) await this.#change((state) => ({ ...state, progress }));
  }

  /** Publishes what the node reports. */
  async observe(node: NodeView): Promise<void> {
    await this.#change((state) => ({ ...state, node }));
  }

  /** Gives the lease back, so that another writer need not wait until it expires. */
  async release(): Promise<void> {
    await this.#change((state) => ({ ...state, progress: null }), false);
  }

  #change(change: (state: ChainState) => ChainState, keepLease = true): Promise<void> {
    this.#changing += 1;
    const done = this.#queue.then(async () => {
      const now = await this.#store.now();
      await this.#set((state) => ({ ...change(state), lease: keepLease ? lease(this.#options, now) : null }));
    });
    this.#queue = done
      .catch(() => {})
      .then(() => {
        this.#changing -= 1;
      });
    return done;
  }

  async #set(change: (state: ChainState) => ChainState): Promise<void> {
    for (;;) {
      const changed = change(this.#state);
      const next = { ...changed, runs: this.#store.naming(changed.runs) };
      const value = encodeState(next);
      if (await this.#store.compareAndSetState(this.#revision, value)) {
        this.#revision += 1;
        this.#state = next;
        return;
      }
      if (await this.#catchUp(value)) return;
    }
  }

  /**
   * A change may have been made although its acknowledgement was lost: a state with our epoch is our own.
   * @returns whether it is the change that was just tried
   */
  async #catchUp(tried: Uint8Array): Promise<boolean> {
    const record = await this.#store.readState();
    const state = record === null ? null : decodeState(record.value);
    if (record === null || state?.epoch !== this.#state.epoch) {
      throw new BitqlError('LEASE_LOST', 'Another indexer took over this database; this one stops writing.');
    }
    this.#revision = record.revision;
    this.#state = state;
    return equalBytes(record.value, tried);
  }
}

function inNextEpoch(state: ChainState): ChainState {
  const { epoch, commit, epochs, mark } = state;
  const past = commit === 0 ? epochs : { ...epochs, [epoch]: commit };
  return { ...state, mark: mark === 0 ? newMark() : mark, epoch: epoch + 1, commit: 0, epochs: past };
}

function newMark(): number {
  return randomInt(1, 2 ** 32);
}

/**
 * Before the first commit the start may still change, unless a killed writer left rows: their sums, times and spent
 * outputs depend on where the index began.
 */
function stateFor(record: StateRecord | null, hasBlocks: boolean, { network, start }: WriterOptions): ChainState {
  if (record === null) return initialState(network, start);
  const state = decodeState(record.value);
  return state.tip === null && !hasBlocks ? { ...state, start } : state;
}

function lease({ holder, leaseMs }: WriterOptions, now: number): WriterLease {
  return { holder, until: now + leaseMs, ms: leaseMs };
}

function refuseOtherNetwork(state: ChainState, network: NetworkId): void {
  if (state.network === network) return;
  throw new BitqlError(
    'STORE_WRONG_NETWORK',
    `The database has the index of ${state.network}, not of ${network}: give another --store, or --network ${state.network} and a node of that network.`,
  );
}

function refuseRunningLease({ lease }: ChainState, { holder, isGone }: WriterOptions, now: number): void {
  if (lease === null || hasEnded(lease, now) || lease.holder === holder || isGone?.(lease.holder)) return;
  throw new BitqlError(
    'STORE_BUSY',
    `The indexer ${lease.holder} has reserved this database for another ${Math.ceil((lease.until - now) / 1000)} s, and renews that as long as it runs: stop it first, or give another --store.`,
  );
}

/**
 * Whether a lease has ended. One that runs for much longer than its length dates from before the clock was set back; a live
 * holder would have renewed it since. If the clock was set back by less than a lease, the lease is waited for.
 */
function hasEnded({ until, ms = Number.POSITIVE_INFINITY }: WriterLease, now: number): boolean {
  return until <= now || until - now > 2 * Math.max(0, ms);
}

/** Whether a change was made although the store refused it: the driver repeats a change whose acknowledgement was lost. */
async function holdsState(store: ChainStore, value: Uint8Array): Promise<boolean> {
  const record = await store.readState();
  return record !== null && equalBytes(record.value, value);
}

async function holdsBlocks(store: ChainStore): Promise<boolean> {
  const everything = { min: blockKey(0, 0), max: blockKey(MAX_HEIGHT, MAX_FORK) };
  // A damaged block counts as well: mending an index begins with acquiring it.
  const [page] = await store.scan('blocks', [everything], { limit: 1, onDamage: () => {} });
  return page!.rows.length > 0 || page!.end !== undefined;
}
