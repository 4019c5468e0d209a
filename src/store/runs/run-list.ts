import { randomInt } from 'node:crypto';
import { type Run, type RunId, runName } from './run.ts';

/** What a state says of runs. */
export interface NamedRuns {
  readonly revision: number;
  readonly epoch: number;
  readonly runs: readonly Run[];
}

/** A run that was written (without sources), or takes the place of others; null if it has no rows. */
interface ListChange {
  readonly sources: readonly Run[];
  readonly target: Run | null;
}

/**
 * The runs of an index: those that the state names, and those that this process, as its writer, has written or merged
 * since. The next state that it sets names these.
 */
export class RunList {
  #named: NamedRuns = { revision: 0, epoch: 0, runs: [] };
  /** The epoch in which this process writes, and its next number. Without a state, several processes may write: their numbers must differ. */
  #own = { epoch: 0, number: randomInt(2 ** 31) };
  /** Runs with earlier names that this process began count for nothing any more. */
  #since: RunId = { epoch: 0, number: 0 };
  /** What this process has done since the state that it knows, in this order. */
  #changes: ListChange[] = [];
  #runs: readonly Run[] = [];

  /** All that a read must look at. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  /** The revision of the latest state that was seen; 0 for none. */
  get revision(): number {
    return this.#named.revision;
  }

  /** Whether another process has become the writer since this one was, if it ever was. */
  get isOfOther(): boolean {
    return this.#named.epoch > this.#own.epoch;
  }

  /** The first epoch whose runs this process may still be writing. */
  get firstEpoch(): number {
    return this.#since.epoch;
  }

  /** A name that no run has. */
  nextId(): RunId {
    const { epoch, number } = this.#own;
    this.#own = { epoch, number: number + 1 };
    return { epoch, number };
  }

  /** Adds a run whose pages are all in the store. */
  add(run: Run): void {
    this.#change(run, { sources: [], target: run });
  }

  /**
   * @param id the name of the target
   * @param target has all rows of the sources, and all its pages are in the store; null if no row is left
   */
  replace(sources: readonly Run[], id: RunId, target: Run | null): void {
    this.#change(id, { sources, target });
  }

  /** Whether all of these are still among the runs. */
  has(runs: readonly Run[]): boolean {
    const names = namesOf(this.#runs);
    return runs.every((run) => names.has(runName(run)));
  }

  /** Whether a run counts, or still counts for others: until the next state, these need what has been merged here. */
  isNeeded(run: RunId): boolean {
    const name = runName(run);
    return [...this.#runs, ...this.#named.runs].some((needed) => runName(needed) === name);
  }

  /** The runs that the next state must name. @param named those of the present one */
  naming(named: readonly Run[]): readonly Run[] {
    return this.#changes.reduce(changed, named);
  }

  /**
   * Learns of a state that was read or set.
   * @returns the runs of this process that merges have replaced, and that no state names any more
   */
  observe(state: NamedRuns): readonly Run[] {
    if (state.revision <= this.#named.revision) return [];
    this.#named = state;
    // Another process is the writer: what was not named by now never will be.
    if (this.isOfOther) this.#forget();
    const done = this.#changes.splice(0, this.#countDone(namesOf(state.runs)));
    this.#update();
    return done.flatMap(({ sources }) => sources);
  }

  /**
   * This process has set a state of this epoch, so it is the writer.
   * @returns whether that is new
   */
  own(epoch: number): boolean {
    const before = this.#own.epoch;
    if (epoch === before) return false;
    this.#own = { epoch, number: 1 };
    // Only without another writer in between it is sure that nobody has removed what was not named yet.
    if (epoch !== before + 1) this.#forget();
    this.#update();
    return true;
  }

  #change({ epoch, number }: RunId, change: ListChange): void {
    const { epoch: firstEpoch, number: first } = this.#since;
    if (epoch < firstEpoch || (epoch === firstEpoch && number < first)) return;
    this.#changes.push(change);
    this.#update();
  }

  /** A state has all changes up to one, and none after it. A run without rows leaves no trace, so that is seen by a later change. */
  #countDone(named: ReadonlySet<string>): number {
    return 1 + this.#changes.findLastIndex(({ target }) => target !== null && named.has(runName(target)));
  }

  #forget(): void {
    this.#changes = [];
    this.#since = this.#own;
  }

  #update(): void {
    this.#runs = this.naming(this.#named.runs);
  }
}

/** Changes that were made already change nothing. */
function changed(runs: readonly Run[], { sources, target }: ListChange): readonly Run[] {
  const replaced = namesOf(target === null ? sources : [...sources, target]);
  const others = runs.filter((run) => !replaced.has(runName(run)));
  return target === null ? others : [...others, target];
}

function namesOf(runs: readonly Run[]): ReadonlySet<string> {
  return new Set(runs.map(runName));
}
