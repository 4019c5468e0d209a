import { mapKey } from '../../chain/bytes.ts';
import type { BitqlError } from '../../errors.ts';
import { damagedRecord, MissingRecordError } from '../errors.ts';
import {
  type JointReadOptions,
  type LookUp,
  type LookUpResult,
  type ReadOptions,
  type RowStore,
  type StateRecord,
  TABLES_OF_RUNS,
  type Table,
} from '../store.ts';
import { readablePage } from './page.ts';
import type { PageCache } from './page-cache.ts';
import { RangeScan, type RunsToRead, type WantedPage } from './range-scan.ts';
import { isFilter, type Run, runName, runPageKey } from './run.ts';
import type { PageSource } from './run-scan.ts';

/** Postings to look up, and the other look-ups that are made with the first of their pages. */
interface PostingParts {
  readonly scans: readonly PostingScans[];
  readonly others: readonly LookUp[];
}

/** The scans of one look-up of postings. */
interface PostingScans {
  readonly keys: readonly RangeScan[];
  readonly ranges: readonly RangeScan[];
}

/** A run has no pages any more: the runs that the read began with are out of date. */
export class RunGoneError extends Error {
  constructor(run: Run) {
    super(`the run ${runName(run)} has been merged`);
  }
}

export interface JointReadContext {
  readonly rows: RowStore;
  readonly cache: PageCache;
  /** Whether a run is still among those that the latest state names. */
  readonly isNamed: (run: Run) => Promise<boolean>;
}

/**
 * Reads postings and other tables in rounds: each round reads all pages that the scans need next, together with whatever else
 * was asked for. If filters and first keys are in memory, one round is enough.
 */
export class JointRead implements PageSource {
  readonly #context: JointReadContext;
  readonly #options: JointReadOptions;
  readonly #pages = new Map<string, Uint8Array | null>();
  #others: LookUpResult[] | null = null;
  state: StateRecord | null = null;

  constructor(context: JointReadContext, options: JointReadOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** @throws RunGoneError; then it can be repeated with other runs, and reads only what it lacks */
  async run(lookUps: readonly LookUp[], runs: RunsToRead): Promise<LookUpResult[]> {
    const parts = partsOf(lookUps, runs);
    for (;;) {
      const wanted = wantedBy(parts.scans, this);
      const isFirst = this.#others === null;
      if (wanted.size === 0 && !isFirst) break;
      await this.#readRound([...wanted.values()], isFirst ? parts.others : []);
    }
    return resultOf(lookUps, parts.scans, this.#others!);
  }

  page(run: Run, page: number): Uint8Array | null | undefined {
    const name = runName(run);
    const here = this.#pages.get(`${name}/${page}`);
    return here === undefined ? this.#context.cache.get(name, page) : here;
  }

  async #readRound(wanted: readonly WantedPage[], others: readonly LookUp[]): Promise<void> {
    const { rows } = this.#context;
    const keys = wanted.map(({ run, page }) => runPageKey(run, page));
    const pages: LookUp = { table: 'runPages', keys, ranges: [], limit: 0, reverse: false };
    const damaged = new Set<string>();
    const isFirst = this.#others === null;
    const { found, state } = await rows.read(keys.length === 0 ? others : [...others, pages], {
      ...this.#options,
      withState: isFirst && this.#options.withState === true,
      ...noting(this.#options, damaged),
    });
    if (isFirst) {
      this.#others = found.slice(0, others.length);
      this.state = state;
    }
    const values = keys.length === 0 ? [] : found.at(-1)!.values;
    for (const [i, value] of values.entries()) await this.#take(wanted[i]!, value, damaged.has(mapKey(keys[i]!)));
  }

  async #take({ run, page }: WantedPage, value: Uint8Array | null, isDamaged: boolean): Promise<void> {
    const name = runName(run);
    const key = runPageKey(run, page);
    if (value !== null) {
      const bytes = isFilter(page) ? value : readablePage(value);
      this.#pages.set(`${name}/${page}`, bytes);
      if (bytes !== null) this.#context.cache.put(name, page, bytes);
      else this.#report(damagedRecord('runPages', key), key);
      return;
    }
    if (!isDamaged) {
      if (!(await this.#context.isNamed(run))) throw new RunGoneError(run);
      this.#report(new MissingRecordError('runPages', key), key);
    }
    this.#pages.set(`${name}/${page}`, null);
  }

  /** @throws the error, unless damage is reported */
  #report(error: BitqlError, key: Uint8Array): void {
    const { onDamage } = this.#options;
    if (onDamage === undefined) throw error;
    onDamage('runPages', key);
  }
}

/** Notes which rows are damaged, if damage is reported. */
function noting({ onDamage }: ReadOptions, damaged: Set<string>): Pick<ReadOptions, 'onDamage'> {
  if (onDamage === undefined) return {};
  return {
    onDamage: (table: Table, key: Uint8Array) => {
      if (table === 'runPages') damaged.add(mapKey(key));
      onDamage(table, key);
    },
  };
}

function partsOf(lookUps: readonly LookUp[], runs: RunsToRead): PostingParts {
  const scans = lookUps.filter(isOfPostings).map(({ table, keys, ranges, limit, reverse, isSparse = false }) => ({
    keys: keys.map((key) => new RangeScan(runs, { min: key, max: key }, { limit: 1, reverse: false, isSparse: true })),
    ranges: ranges.map(
      (range) => new RangeScan(runs, range, { limit, reverse, isSparse, isSummed: table === 'summedPostings' }),
    ),
  }));
  return { scans, others: lookUps.filter((lookUp) => !isOfPostings(lookUp)) };
}

/** Whether a look-up is of a table that is kept as runs. */
export function isOfPostings({ table }: Pick<LookUp, 'table'>): boolean {
  return TABLES_OF_RUNS.has(table);
}

/** The pages that all scans need next, each once. */
function wantedBy(scans: readonly PostingScans[], pages: PageSource): Map<string, WantedPage> {
  const wanted = new Map<string, WantedPage>();
  for (const { keys, ranges } of scans) {
    for (const scan of [...keys, ...ranges]) {
      for (const page of scan.advance(pages)) wanted.set(`${runName(page.run)}/${page.page}`, page);
    }
  }
  return wanted;
}

function resultOf(
  lookUps: readonly LookUp[],
  scans: readonly PostingScans[],
  others: readonly LookUpResult[],
): LookUpResult[] {
  const [nextScans, nextOthers] = [scans.values(), others.values()];
  return lookUps.map((lookUp) => {
    if (!isOfPostings(lookUp)) return nextOthers.next().value!;
    const { keys, ranges } = nextScans.next().value!;
    return {
      values: keys.map((scan) => scan.page().rows[0]?.value ?? null),
      pages: ranges.map((scan) => scan.page()),
    };
  });
}
