import { type CommitNumber, compareCommitNumbers, decodeCommitNumber, isArrival } from './commit-number.ts';
import { decodePosition, POSITION_LENGTH, type Position } from './position.ts';
import { type BlockRef, type ChainState, sharing } from './state.ts';

/** The parts of a snapshot. */
interface SnapshotParts {
  readonly state: ChainState;
  readonly tip: BlockRef | null;
  readonly commit: CommitNumber;
  readonly fork?: number | null;
  readonly stale?: Pick<Position, 'height' | 'fork'> | null;
  readonly isPast?: boolean;
}

/** Before everything that ever arrived. */
const BEFORE_ALL: CommitNumber = { epoch: 0, counter: 0 };

/**
 * What a reader sees: the rows of covered main-chain blocks up to a tip, and the transactions that were pending at a commit.
 * A request reads everything from one snapshot, so the parts of its answer agree whatever is committed meanwhile.
 */
export class Snapshot {
  readonly state: ChainState;
  /** Null while no block is committed; then nothing is visible. */
  readonly tip: BlockRef | null;
  readonly commit: CommitNumber;
  /** If the tip is no longer on the main chain, the highest block below it that still is; else null. */
  readonly fork: number | null;
  /** Whether it shows an earlier moment of the chain, with nothing pending: see `past`. */
  readonly isPast: boolean;
  /** A stale block that is treated as if it were on the main chain. */
  readonly #stale: Pick<Position, 'height' | 'fork'> | null;

  private constructor({ state, tip, commit, fork = null, stale = null, isPast = false }: SnapshotParts) {
    this.state = state;
    this.tip = tip;
    this.commit = commit;
    this.fork = fork;
    this.isPast = isPast;
    this.#stale = stale;
  }

  /** Whether the index holds every block up to the tip. Otherwise a payment may be missing. */
  get hasEveryBlock(): boolean {
    const [first, ...others] = this.state.coverage;
    if (this.tip === null || first === undefined || others.length > 0) return false;
    return first[0] === 0 && first[1] >= this.tip.height;
  }

  static latest(state: ChainState): Snapshot {
    return new Snapshot({ state, tip: state.tip, commit: { epoch: state.epoch, counter: state.commit } });
  }

  /** The same snapshot, which shares the parts of its state that are equal in another one. */
  sharing({ state }: Snapshot): Snapshot {
    return new Snapshot({ ...this, state: sharing(this.state, state), stale: this.#stale });
  }

  /**
   * The same chain as of an earlier commit, with the block that was its tip then.
   * @param fork if that block is no longer on the main chain, the highest block below it that is
   */
  asOf(tip: BlockRef, commit = this.commit, fork: number | null = null): Snapshot {
    return new Snapshot({ state: this.state, tip, commit, fork });
  }

  /**
   * The main chain as it was when one of its blocks was the tip, with nothing pending.
   * @param tip a covered block of the main chain
   */
  past(tip: BlockRef): Snapshot {
    const { height } = tip;
    const coverage = this.state.coverage
      .filter(([from]) => from <= height)
      .map(([from, to]) => [from, Math.min(to, height)] as const);
    const state = { ...this.state, tip, coverage, mempool: null };
    return new Snapshot({ state, tip, commit: BEFORE_ALL, isPast: true });
  }

  /** The same snapshot, with a stale block in place of the main chain's block at its height. */
  withStale(block: Pick<Position, 'height' | 'fork'>): Snapshot {
    return new Snapshot({ ...this, stale: block });
  }

  /** Whether the block of its chain at a height is still known. */
  holds(height: number): boolean {
    return this.fork === null || height <= this.fork || height === this.#stale?.height;
  }

  /** The fork of the main chain at a height. */
  mainFork(height: number): number {
    return this.#stale?.height === height ? this.#stale.fork : (this.state.forks[height] ?? 0);
  }

  /** Whether a commit, or an arrival, was made and is not newer than this snapshot. */
  includes(number: CommitNumber): boolean {
    const { epoch, commit, epochs } = this.state;
    const last = number.epoch === epoch ? commit : epochs[number.epoch];
    return last !== undefined && number.counter <= last && compareCommitNumbers(number, this.commit) <= 0;
  }

  /** Whether the tables of pending transactions hold none that had departed by the time of the state. */
  get isSettled(): boolean {
    const { departed, moved } = this.state;
    return departed === null || (moved !== null && compareCommitNumbers(moved, departed) >= 0);
  }

  covers(height: number): boolean {
    if (this.tip === null || height > this.tip.height) return false;
    return this.state.coverage.some(([from, to]) => from <= height && height <= to);
  }

  sees({ height, fork }: Pick<Position, 'height' | 'fork'>): boolean {
    return fork === this.mainFork(height) && this.covers(height);
  }

  /** Whether all blocks of fork 0 from one height to another, both inclusive, are visible, and on the main chain. */
  seesAll(from: number, to: number): boolean {
    if (this.tip === null || to > this.tip.height) return false;
    if (!this.state.coverage.some(([first, last]) => first <= from && to <= last)) return false;
    if (this.#stale !== null && from <= this.#stale.height && this.#stale.height <= to) return false;
    return !Object.keys(this.state.forks).some((height) => from <= Number(height) && Number(height) <= to);
  }

  /**
   * Whether a row counts, by the position at the end of its key. For an arrival this says only whether it had arrived;
   * `departuresOf` (departures.ts) finds out whether it has departed.
   */
  seesKey(key: Uint8Array): boolean {
    const at = key.length - POSITION_LENGTH;
    return isArrival(key, at) ? this.includes(decodeCommitNumber(key.subarray(at))) : this.sees(decodePosition(key));
  }
}
