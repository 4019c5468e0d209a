import { equalBytes } from '../chain/bytes.ts';
import type { NetworkId } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import type { CommitNumber } from './commit-number.ts';
import { blockKey, MAX_FORK, MAX_HEIGHT } from './position.ts';
import {
  type ChainState,
  decodeState,
  encodeState,
  type HeightRange,
  initialState,
  type MempoolSummary,
  type NodeView,
  type WriterLease,
  type WriterProgress,
} from './state.ts';
import type { Batch, ChainStore, StateRecord, SweptTable } from './store.ts';

/** How a writer presents itself to a store. */
export interface WriterOptions {
  readonly network: NetworkId;
  /** The first height to index; used only where the store is still empty. */
  readonly start: number;
  /** Names this writer to others, for example host:process. */
  readonly holder: string;
  readonly leaseMs: number;
  /** Whether the holder of a lease that has not run out is known to be gone; a wrong "yes" is harmless. */
  readonly isGone?: (holder: string) => boolean;
  /** Called when something new counts. */
  readonly onCommit?: (() => void) | undefined;
}

/** What a commit changes: all of it at once. */
export interface Commit {
  readonly tip?: NonNullable<ChainState['tip']>;
  readonly forks?: ChainState['forks'];
  readonly coverage?: readonly HeightRange[];
  readonly mempool?: MempoolSummary;
  readonly departed?: CommitNumber;
  readonly stretches?: readonly CommitNumber[];
  readonly swept?: CommitNumber;
  readonly logStart?: CommitNumber;
}

/**
 * The one writer of a store. Rows are written first, then one compare-and-set of the state makes them count. It
 * requires the writer's own epoch, so a writer that was paused and replaced can change nothing that anyone can see.
 */
export class ChainWriter {
  readonly #store: ChainStore;
  readonly #options: WriterOptions;
  #revision: number;
  #state: ChainState;
  /** Changes of the state, one behind the other. */
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
   * Becomes the writer, in a new epoch.
   * @throws STORE_BUSY while another writer's lease runs, STORE_WRONG_NETWORK, STORE_NEWER_FORMAT, STORE_OLDER_FORMAT,
   *   STORE_DAMAGED
   */
  static async acquire(store: ChainStore, options: WriterOptions): Promise<ChainWriter> {
    // Of another format nothing else can be read.
    const before = await store.readState();
    if (before !== null) decodeState(before.value);
    const [now, hasBlocks] = await Promise.all([store.now(), holdsBlocks(store)]);
    // Behind the blocks: another writer may be making both just now, and makes the state first.
    const record = await store.readState();
    const state = stateFor(record, hasBlocks, options);
    refuseOtherNetwork(state, options.network);
    refuseRunningLease(state, options, now);
    const next = { ...inNextEpoch(state), lease: lease(options, now) };
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

  /** Writes rows that nobody can see yet. */
  async write(batch: Batch): Promise<void> {
    await this.#store.write(batch);
  }

  /** The number of the next commit, if so many transactions arrive with it: theirs are the numbers right before. */
  next(arrivals = 0): CommitNumber {
    const { epoch, commit } = this.#state;
    return { epoch, counter: commit + arrivals + 1 };
  }

  /**
   * Makes rows that were written before count.
   * @param number the one of `next`, which the rows name. Whoever fails to commit must not use it for anything else: only
   *   a new epoch makes sure that what was written under it never counts.
   */
  async commit(commit: Commit, number = this.next()): Promise<void> {
    await this.#change((state) => ({ ...state, ...commit, commit: number.counter }));
    this.#options.onCommit?.();
  }

  /** Forgets past epochs that no row names any more. */
  async forgetEpochs(before: number): Promise<void> {
    await this.#change((state) => ({
      ...state,
      epochs: Object.fromEntries(Object.entries(state.epochs).filter(([epoch]) => Number(epoch) >= before)),
    }));
  }

  /** Tells readers that what went away up to a commit is out of the tables of what is pending. */
  async tellMoved(moved: CommitNumber): Promise<void> {
    await this.#change((state) => ({ ...state, moved }));
  }

  /** Removes rows that nobody can see any more. */
  async remove(table: SweptTable, keys: readonly Uint8Array[]): Promise<void> {
    await this.#store.remove(table, keys);
  }

  /**
   * Keeps the lease, and tells readers how the work gets on. Every other change keeps it too: while one is under way,
   * there is nothing to do.
   */
  async renew(progress: WriterProgress | null): Promise<void> {
    if (this.#changing === 0) await this.#change((state) => ({ ...state, progress }));
  }

  /** Tells readers what the node says. */
  async observe(node: NodeView): Promise<void> {
    await this.#change((state) => ({ ...state, node }));
  }

  /** Gives the lease back, so that another writer need not wait for its end. */
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
      const next = change(this.#state);
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
   * A change whose acknowledgement was lost may have been made: what carries our epoch is our own.
   * @returns whether it is the change that was tried now
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
  const { epoch, commit, epochs } = state;
  const past = commit === 0 ? epochs : { ...epochs, [epoch]: commit };
  return { ...state, epoch: epoch + 1, commit: 0, epochs: past };
}

/**
 * Until its first commit, a store has no start that binds anybody. But rows that a killed writer left bind:
 * what they say of sums, times and spent outputs depends on where the index began.
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
 * One that goes on for much longer than it was is from before the clock was set back: whoever still has it has renewed it since. A
 * clock that is set by less than a lease is waited for.
 */
function hasEnded({ until, ms = Number.POSITIVE_INFINITY }: WriterLease, now: number): boolean {
  return until <= now || until - now > 2 * Math.max(0, ms);
}

/** Whether a change was made though the store said no: the driver repeats one whose acknowledgement was lost. */
async function holdsState(store: ChainStore, value: Uint8Array): Promise<boolean> {
  const record = await store.readState();
  return record !== null && equalBytes(record.value, value);
}

async function holdsBlocks(store: ChainStore): Promise<boolean> {
  const everything = { min: blockKey(0, 0), max: blockKey(MAX_HEIGHT, MAX_FORK) };
  // A damaged one is a block as well: who mends the index becomes its writer, too.
  const [page] = await store.scan('blocks', [everything], { limit: 1, onDamage: () => {} });
  return page!.rows.length > 0 || page!.end !== undefined;
}
