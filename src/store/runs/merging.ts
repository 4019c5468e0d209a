import { fromHex } from '../../chain/bytes.ts';
import { BitqlError } from '../../errors.ts';
import { backoffMs, steadyNow } from '../../waiting.ts';
import { MissingRecordError } from '../errors.ts';
import type { RowStore, SettleOptions } from '../store.ts';
import { partOf, restOf } from './merge-parts.ts';
import { isOvercrowded, type Merge, nextMerge, totalRows } from './merge-plan.ts';
import { readablePage } from './page.ts';
import type { LeftOut } from './range-scan.ts';
import { pageNumber, ROWS, type Run, type RunId, runName, runPageKey } from './run.ts';
import type { RunList } from './run-list.ts';
import type { RunMaker } from './run-maker.ts';
import { type MergeEnd, type SourcePages, sourcePages } from './run-merge.ts';

export interface MergingOptions {
  readonly rows: RowStore;
  readonly list: RunList;
  readonly maker: RunMaker;
  /** How long nothing was written before it tidies up, in milliseconds [2,000]. */
  readonly quietMs?: number | undefined;
  /** The fewest rows of a run with which a merge may stop, before it goes on with another one [250,000]. */
  readonly partRows?: number | undefined;
}

const QUIET_MS = 2_000;
/** The pages of a run that are read at a time. */
const PAGES_AT_ONCE = 64;
/**
 * A merge makes about so many runs, one after the other. After each of them what it has read can be removed, it can be cut off, and other merges
 * take their turn.
 */
const PARTS = 8;
/** Small merges are made at once. */
const PART_ROWS = 250_000;
/** The filter of a run is in memory while it is made: this is 28 MB. */
const MOST_ROWS = 32_000_000;

/** The pause after a merge that failed, since writing goes on meanwhile. */
const BACKOFF = { firstMs: 1_000, longestMs: 60_000 };

const NOTHING_LEFT_OUT: LeftOut = new Map();
const NO_KEYS: ReadonlySet<string> = new Set();

/** Called for each page that cannot be read, which is then left out. */
type OnDamage = (page: Uint8Array) => void;

interface BuildOptions {
  /** The most rows of the run. */
  readonly most: number;
  readonly leftOut?: LeftOut;
  readonly onDamage?: OnDamage | undefined;
}

/** Merges runs in the background, one merge at a time. */
export class Merging {
  readonly #options: MergingOptions;
  /** Runs that cannot be merged because they are damaged. */
  readonly #unfit = new Set<string>();
  /** The merge that is under way. Resolves to whether others can be made. */
  #work: Promise<boolean> | null = null;
  #quiet: NodeJS.Timeout | null = null;
  /** Whether nothing was written for a while. */
  #isQuiet = false;
  #isHeld = false;
  #isClosed = false;
  /** How many merges have failed one after the other, and when the next may begin. */
  #failures = 0;
  #notBefore = 0;

  constructor(options: MergingOptions) {
    this.#options = options;
  }

  /** Must be called after runs were added. */
  notice(): void {
    if (this.#isClosed || this.#isHeld) return;
    this.#isQuiet = false;
    this.#startNext();
    this.#goOnAfter(this.#options.quietMs ?? QUIET_MS);
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

  /** Merges until only few series are left, as long as this process is the writer. */
  async settle({ onPart = async () => {}, signal }: SettleOptions): Promise<void> {
    this.#isHeld = false;
    for (;;) {
      let isFine = true;
      if (this.#work !== null) await this.#work;
      else {
        const merge = nextMerge(this.#fitRuns(), true);
        if (merge === null) return;
        isFine = await this.#start(merge);
      }
      await onPart();
      if (!isFine || this.#isHeld || this.#isClosed || this.#options.list.isOfOther || signal?.aborted === true) return;
    }
  }

  /** Writes a run anew without some rows, and without pages that cannot be read, if these are reported. */
  async rewrite(run: Run, leftOut: LeftOut, onDamage?: OnDamage): Promise<void> {
    await this.hold();
    const { list } = this.#options;
    const target = list.nextId();
    const made = await this.#build(target, [[run]], { most: Number.POSITIVE_INFINITY, leftOut, onDamage });
    if (made === null) return;
    const { keys, series, into } = run;
    list.replace({ sources: [run], target: { ...made.run, keys, series, into }, rest: [] });
    // What is still damaged is found again.
    this.#unfit.clear();
  }

  /** Makes the next run of a merge. */
  async #makePart(merge: Merge): Promise<void> {
    const { list } = this.#options;
    const target = list.nextId();
    const sources = merge.sources.map(({ runs }) => runs);
    const made = await this.#build(target, sources, { most: this.#partRows(merge) });
    if (made === null) return;
    const part = partOf(merge, made);
    const rest = restOf(merge, part.series, made.rest);
    list.replace({ sources: sources.flat(), target: part, rest });
  }

  /** The rows of one run of a merge. */
  #partRows({ sources, into }: Merge): number {
    const done = this.#options.list.runs.filter(({ series }) => series === into);
    const part = (totalRows(sources) + totalRows(done)) / PARTS;
    return Math.ceil(Math.min(MOST_ROWS, Math.max(this.#options.partRows ?? PART_ROWS, part)));
  }

  /**
   * Writes the pages of a run that has rows of others.
   * @param sources each in the order of keys
   * @returns null if merging was ended meanwhile
   */
  async #build(target: RunId, sources: readonly (readonly Run[])[], options: BuildOptions): Promise<MergeEnd | null> {
    const { rows, maker } = this.#options;
    const { most, leftOut = NOTHING_LEFT_OUT, onDamage } = options;
    const readers = sources.map((runs, i) => new PagesOfRuns(rows, runs, i, onDamage));
    const plans = sources.map((runs) => ({ from: fromOf(runs), leftOut: leftOut.get(runName(runs[0]!)) ?? NO_KEYS }));
    const merge = maker.merge({ target, rows: totalRows(sources.flat()), most, sources: plans });
    // Pages are written while the next ones are made.
    let writing: Promise<unknown> = Promise.resolve();
    try {
      for (let wanted = readers.map((_, i) => i); ; ) {
        const given = await Promise.all(wanted.map((i) => readers[i]!.next()));
        const step = await merge.step(given);
        await writing;
        if (this.#isClosed) return null;
        if (step.pages.order.length > 0) writing = handled(rows.write(new Map([['runPages', step.pages]])));
        if (step.end !== null) {
          await writing;
          return step.end;
        }
        wanted = [...step.wanted];
      }
    } finally {
      merge.end();
      await writing.catch(() => {});
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    await this.#work;
  }

  /** Without series that are damaged, and merges of such series. */
  #fitRuns(): Run[] {
    const { runs } = this.#options.list;
    const unfit = new Set(
      runs.flatMap((run) => (this.#unfit.has(runName(run)) ? [run.series, run.into ?? run.series] : [])),
    );
    return runs.filter(({ series, into }) => !unfit.has(series) && (into === null || !unfit.has(into)));
  }

  /** Begins the next merge, if there is one, and none is under way. A process that is no longer the writer leaves that to its successor. */
  #startNext(): void {
    if (this.#work !== null || this.#isHeld || this.#isClosed || this.#options.list.isOfOther) return;
    if (steadyNow() < this.#notBefore) return;
    const merge = nextMerge(this.#fitRuns(), this.#isQuiet);
    if (merge !== null) void this.#start(merge);
  }

  /** Makes a part of a merge, while no other is under way; then the next. @returns whether others can be made */
  #start(merge: Merge): Promise<boolean> {
    const work = this.#attempt(merge).then((isFine) => {
      this.#work = null;
      if (isFine) this.#startNext();
      return isFine;
    });
    this.#work = work;
    return work;
  }

  /**
   * After a failure nothing is lost: what was written of the target counts for nothing. If it may pass, merging pauses; runs that cannot be
   * read stay as they are until they are mended.
   * @returns whether other runs can be merged
   */
  async #attempt(merge: Merge): Promise<boolean> {
    try {
      await this.#makePart(merge);
      this.#failures = 0;
      return true;
    } catch (error) {
      if (error instanceof BitqlError && error.code !== 'STORE_DAMAGED') {
        const pauseMs = backoffMs(BACKOFF, this.#failures);
        this.#failures += 1;
        this.#notBefore = steadyNow() + pauseMs;
        this.#goOnAfter(pauseMs);
        return false;
      }
      for (const { runs } of merge.sources) this.#unfit.add(runName(runs[0]!));
      return true;
    }
  }

  /** Tidies up if nothing is written until then. */
  #goOnAfter(ms: number): void {
    if (this.#quiet !== null) clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => {
      this.#isQuiet = true;
      this.#startNext();
    }, ms);
    this.#quiet.unref();
  }
}

/** The first key that counts of runs in the order of keys; null if all do. */
function fromOf([first]: readonly Run[]): Uint8Array | null {
  const [from] = first!.keys;
  return from === null ? null : fromHex(from);
}

/** The same promise. Whoever waits for it later learns of its failure. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Reads the pages of runs in order, and the next ones ahead. */
class PagesOfRuns {
  readonly #rows: RowStore;
  readonly #runs: readonly Run[];
  readonly #source: number;
  readonly #onDamage: OnDamage | undefined;
  /** The run that is being read, and its next page. */
  #place = 0;
  #next: number;
  #ahead: Promise<SourcePages>;

  constructor(rows: RowStore, runs: readonly Run[], source: number, onDamage: OnDamage | undefined) {
    this.#rows = rows;
    this.#runs = runs;
    this.#source = source;
    this.#onDamage = onDamage;
    this.#next = runs[0]!.firstPage;
    this.#ahead = handled(this.#read());
  }

  async next(): Promise<SourcePages> {
    const pages = await this.#ahead;
    if (!pages.isLast) this.#ahead = handled(this.#read());
    return pages;
  }

  async #read(): Promise<SourcePages> {
    const keys = this.#nextKeys();
    const onDamage = this.#onDamage;
    const options = onDamage === undefined ? {} : { onDamage: (_: unknown, key: Uint8Array) => onDamage(key) };
    const values = await this.#rows.get('runPages', keys, options);
    const pages: Uint8Array[] = [];
    for (const [i, value] of values.entries()) {
      if (value === null && onDamage === undefined) throw new MissingRecordError('runPages', keys[i]!);
      if (value === null) continue;
      if (onDamage === undefined || readablePage(value) !== null) pages.push(value);
      else onDamage(keys[i]!);
    }
    return sourcePages(this.#source, pages, this.#place === this.#runs.length);
  }

  #nextKeys(): Uint8Array[] {
    const run = this.#runs[this.#place]!;
    const count = Math.min(PAGES_AT_ONCE, run.pages - this.#next);
    const keys = Array.from({ length: count }, (_, i) => runPageKey(run, pageNumber(ROWS, this.#next + i)));
    this.#next += count;
    if (this.#next === run.pages) {
      this.#place += 1;
      this.#next = this.#runs[this.#place]?.firstPage ?? 0;
    }
    return keys;
  }
}
