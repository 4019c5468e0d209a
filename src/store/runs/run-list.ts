import { randomInt } from 'node:crypto';
import { type Run, type RunId, runName } from './run.ts';

/** What a state says of runs. */
export interface NamedRuns {
  readonly revision: number;
  readonly epoch: number;
  readonly runs: readonly Run[];
}

/** A run that was written (without sources), or takes the place of others. It may have no rows. */
interface ListChange {
  readonly sources: readonly Run[];
  readonly target: Run;
  /** What is left of the sources, under the same names. */
  readonly rest: readonly Run[];
}

/** A run of which a state no longer names all that one before named. */
export interface PassedRun {
  readonly before: Run;
  /** What is still named; null if nothing is. */
  readonly rest: Run | null;
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
    this.#change({ sources: [], target: run, rest: [] });
  }

  /** Puts a run, all of whose pages are in the store, in the place of others. With the rest of these it has all their rows. */
  replace(change: ListChange): void {
    this.#change(change);
  }

  /** The run of a name as it is now; null if it does not count any more. */
  find(run: RunId): Run | null {
    const name = runName(run);
    return this.#runs.find((one) => runName(one) === name) ?? null;
  }

  /** Whether a run still counts, with all pages that it had. */
  has(run: Run): boolean {
    return this.find(run)?.firstPage === run.firstPage;
  }

  /**
   * The first page of a run that counts, or still counts for others: until the next state, these need what has been merged here.
   * Null if the run counts for nobody.
   */
  firstNeeded(run: RunId): number | null {
    const name = runName(run);
    const needed = [...this.#runs, ...this.#named.runs].filter((one) => runName(one) === name);
    return needed.length === 0 ? null : Math.min(...needed.map(({ firstPage }) => firstPage));
  }

  /** The runs that the next state must name. @param named those of the present one */
  naming(named: readonly Run[]): readonly Run[] {
    return this.#changes.reduce(changed, named);
  }

  /**
   * Learns of a state that was read or set.
   * @returns the runs that merges of this process have replaced, as a whole or in part, and that no state names any more
   */
  observe(state: NamedRuns): readonly PassedRun[] {
    if (state.revision <= this.#named.revision) return [];
    this.#named = state;
    // Another process is the writer: what was not named by now never will be.
    if (this.isOfOther) this.#forget();
    const done = this.#changes.splice(0, this.#countDone(namesOf(state.runs)));
    this.#update();
    return done.flatMap(({ sources, rest }) => {
      const left = new Map(rest.map((run) => [runName(run), run]));
      return sources.map((before) => ({ before, rest: left.get(runName(before)) ?? null }));
    });
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

  #change(change: ListChange): void {
    const { epoch, number } = change.target;
    const { epoch: firstEpoch, number: first } = this.#since;
    if (epoch < firstEpoch || (epoch === firstEpoch && number < first)) return;
    this.#changes.push(change);
    this.#update();
  }

  /** A state has all changes up to one, and none after it. A run without rows leaves no trace, so that is seen by a later change. */
  #countDone(named: ReadonlySet<string>): number {
    return 1 + this.#changes.findLastIndex(({ target }) => named.has(runName(target)));
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
function changed(runs: readonly Run[], { sources, target, rest }: ListChange): readonly Run[] {
  const replaced = namesOf([...sources, target]);
  return [...runs.filter((run) => !replaced.has(runName(run))), ...[target, ...rest].filter(({ rows }) => rows > 0)];
}

function namesOf(runs: readonly Run[]): ReadonlySet<string> {
  return new Set(runs.map(runName));
}
