import { errorCode } from '../../errors.ts';
import { MissingRecordError } from '../errors.ts';
import type { RowStore } from '../store.ts';
import { crowdedRuns, isOvercrowded, untidyRuns } from './merge-plan.ts';
import type { LeftOut } from './range-scan.ts';
import { pageNumber, ROWS, type Run, runName, runPageKey } from './run.ts';
import type { RunList } from './run-list.ts';
import type { RunMaker } from './run-maker.ts';
import { type SourcePages, sourcePages } from './run-merge.ts';

export interface MergingOptions {
  readonly rows: RowStore;
  readonly list: RunList;
  readonly maker: RunMaker;
  /** How long nothing was written before it tidies up, in milliseconds [2,000]. */
  readonly quietMs?: number | undefined;
}

const QUIET_MS = 2_000;
/** The pages of a run that are read at a time. */
const PAGES_AT_ONCE = 64;

const NOTHING_LEFT_OUT: LeftOut = new Map();
const NO_KEYS: ReadonlySet<string> = new Set();

/** Called for each page that cannot be read, which is then left out. */
type OnDamage = (page: Uint8Array) => void;

/** Merges runs in the background, one merge at a time. */
export class Merging {
  readonly #options: MergingOptions;
  /** Runs that cannot be merged because they are damaged. */
  readonly #unfit = new Set<string>();
  /** The merge that is under way. Resolves to whether others can be made. */
  #work: Promise<boolean> | null = null;
  #quiet: NodeJS.Timeout | null = null;
  #isHeld = false;
  #isClosed = false;

  constructor(options: MergingOptions) {
    this.#options = options;
  }

  /** Must be called after runs were added. */
  notice(): void {
    if (this.#isClosed || this.#isHeld) return;
    this.#waitForQuiet();
    const sources = crowdedRuns(this.#fitRuns());
    if (sources !== null && this.#work === null) this.#start(sources);
  }

  /** Resolves when merging is not far behind. */
  async room(): Promise<void> {
    while (this.#work !== null && isOvercrowded(this.#fitRuns())) await this.#work;
  }

  /** Ends when no merge is under way, and none begins before it settles. */
  async hold(): Promise<void> {
    this.#isHeld = true;
    while (this.#work !== null) await this.#work;
  }

  /** Merges until only few runs are left. */
  async settle(): Promise<void> {
    this.#isHeld = false;
    for (let isFine = true; isFine && !this.#isClosed; ) {
      while (this.#work !== null) await this.#work;
      const sources = crowdedRuns(this.#fitRuns()) ?? untidyRuns(this.#fitRuns());
      if (sources === null || this.#isHeld) return;
      isFine = await this.#start(sources);
    }
  }

  /** Writes a run anew without some rows, and without pages that cannot be read, if these are reported. */
  async rewrite(run: Run, leftOut: LeftOut, onDamage?: OnDamage): Promise<void> {
    await this.hold();
    await this.#merge([run], leftOut, onDamage);
    this.#unfit.delete(runName(run));
  }

  /** Replaces runs by one with the same rows, except those that are left out. */
  async #merge(sources: readonly Run[], leftOut = NOTHING_LEFT_OUT, onDamage?: OnDamage): Promise<void> {
    const { rows, list, maker } = this.#options;
    const target = list.nextId();
    const most = sources.reduce((sum, run) => sum + run.rows, 0);
    const readers = sources.map((run, i) => new RunPages(rows, run, i, onDamage));
    const keysLeftOut = sources.map((run) => ({ leftOut: leftOut.get(runName(run)) ?? NO_KEYS }));
    const merge = maker.merge({ target, rows: most, sources: keysLeftOut });
    try {
      for (let wanted = readers.map((_, i) => i); ; ) {
        const given = await Promise.all(wanted.map((i) => readers[i]!.next()));
        const step = await merge.step(given);
        if (this.#isClosed) return;
        if (step.pages.order.length > 0) await rows.write(new Map([['runPages', step.pages]]));
        if (step.run !== null) {
          list.replace(sources, target, step.run.rows === 0 ? null : step.run);
          return;
        }
        wanted = [...step.wanted];
      }
    } finally {
      merge.end();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    await this.#work;
  }

  #fitRuns(): Run[] {
    return this.#options.list.runs.filter((run) => !this.#unfit.has(runName(run)));
  }

  /** Only while no other merge is under way. @returns whether others can be made */
  #start(sources: readonly Run[]): Promise<boolean> {
    const work = this.#attempt(sources).then((isFine) => {
      this.#work = null;
      const next = isFine ? crowdedRuns(this.#fitRuns()) : null;
      if (next !== null && !this.#isHeld && !this.#isClosed) this.#start(next);
      return isFine;
    });
    this.#work = work;
    return work;
  }

  /**
   * After a failure nothing is lost: what was written of the target counts for nothing. Damaged runs stay as they are until they are
   * mended.
   * @returns whether other runs can be merged
   */
  async #attempt(sources: readonly Run[]): Promise<boolean> {
    try {
      await this.#merge(sources);
      return true;
    } catch (error) {
      if (errorCode(error) !== 'STORE_DAMAGED') return false;
      for (const run of sources) this.#unfit.add(runName(run));
      return true;
    }
  }

  #waitForQuiet(): void {
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      if (this.#isHeld || this.#isClosed) return;
      const sources = untidyRuns(this.#fitRuns());
      if (sources !== null && this.#work === null && !this.#isHeld) this.#start(sources);
    }, this.#options.quietMs ?? QUIET_MS);
    this.#quiet.unref();
  }
}

/** Reads the pages of a run in order. */
class RunPages {
  readonly #rows: RowStore;
  readonly #run: Run;
  readonly #source: number;
  readonly #onDamage: OnDamage | undefined;
  #next = 0;

  constructor(rows: RowStore, run: Run, source: number, onDamage: OnDamage | undefined) {
    this.#rows = rows;
    this.#run = run;
    this.#source = source;
    this.#onDamage = onDamage;
  }

  async next(): Promise<SourcePages> {
    const count = Math.min(PAGES_AT_ONCE, this.#run.pages - this.#next);
    const keys = Array.from({ length: count }, (_, i) => runPageKey(this.#run, pageNumber(ROWS, this.#next + i)));
    this.#next += count;
    const onDamage = this.#onDamage;
    const options = onDamage === undefined ? {} : { onDamage: (_: unknown, key: Uint8Array) => onDamage(key) };
    const values = await this.#rows.get('runPages', keys, options);
    const pages: Uint8Array[] = [];
    for (const [i, value] of values.entries()) {
      if (value !== null) pages.push(value);
      else if (onDamage === undefined) throw new MissingRecordError('runPages', keys[i]!);
    }
    return sourcePages(this.#source, pages, this.#next === this.#run.pages);
  }
}
