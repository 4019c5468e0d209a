import { compareBytes, toHex } from '../../chain/bytes.ts';
import { decodePosition, POSITION_LENGTH } from '../position.ts';
import type { KeyRange, Page, Row } from '../store.ts';
import { endOfSummed, isSingle } from '../summed-postings.ts';
import { type Run, runName } from './run.ts';
import { type PageSource, RunScan } from './run-scan.ts';

export interface RangeScanOptions {
  readonly limit: number;
  readonly reverse: boolean;
  /** Whether all runs are to be read at once: few rows are expected. */
  readonly isSparse: boolean;
  /** Whether postings are added up where sums are stored. */
  readonly isSummed?: boolean;
}

/** The keys of rows that do not count, by the name of the run that has them. */
export type LeftOut = ReadonlyMap<string, ReadonlySet<string>>;

/** The runs to read. */
export interface RunsToRead {
  readonly runs: readonly Run[];
  readonly leftOut: LeftOut;
}

/** Runs that may have rows and are read at the same time, if many rows are expected. */
const AT_ONCE = 4;

/** A page that a read needs. */
export interface WantedPage {
  readonly run: Run;
  readonly page: number;
}

/** A page of a range in all runs, in key order, each key once. */
export class RangeScan {
  readonly #options: RangeScanOptions;
  /**
   * In the direction of the scan: of one key those of later heights come after those of earlier ones, else those of higher keys after those of
   * lower ones.
   */
  readonly #scans: readonly RunScan[];
  /** Whether all rows have one key, and so are in the order of heights. */
  readonly #isOfOneKey: boolean;

  constructor({ runs, leftOut }: RunsToRead, range: KeyRange, options: RangeScanOptions) {
    const { limit, reverse, isSummed = false } = options;
    this.#options = options;
    this.#isOfOneKey = isOfOneKey(range);
    const order = this.#isOfOneKey ? byHeights(reverse) : byKeys(reverse);
    const ordered = runsIn(range, runs, this.#isOfOneKey).sort(order);
    // One row more than asked for shows whether there are more.
    this.#scans = ordered.map(
      (run) => new RunScan(run, range, { most: limit + 1, reverse, leftOut: leftOut.get(runName(run)), isSummed }),
    );
  }

  /** Goes on as far as the pages allow. @returns those that it needs next; none when it is done */
  advance(pages: PageSource): WantedPage[] {
    for (;;) {
      const wanted = this.#advance(pages);
      if (wanted.length > 0 || this.#options.isSummed !== true || !takeApartOverlaps(this.#scans)) return wanted;
    }
  }

  #advance(pages: PageSource): WantedPage[] {
    const wanted: WantedPage[] = [];
    let open = 0;
    for (const [i, scan] of this.#scans.entries()) {
      if (scan.isDone) continue;
      if (!this.#options.isSparse && (open >= AT_ONCE || this.#hasEnoughBefore(i))) break;
      if (!this.#options.isSparse && this.#hasEnoughInSeries(i)) continue;
      for (const page of scan.advance(pages)) wanted.push({ run: scan.run, page });
      if (!scan.isDone) open += 1;
    }
    return wanted;
  }

  /** The rows, when it is done. */
  page(): Page {
    const { limit } = this.#options;
    const rows = this.#merged(this.#scans);
    return rows.length > limit ? { rows: rows.slice(0, limit), more: true } : { rows, more: false };
  }

  #merged(scans: readonly RunScan[]): Row[] {
    const direction = this.#options.reverse ? -1 : 1;
    return scans.reduce<Row[]>((merged, { rows }) => mergedRows(merged, rows, direction), []);
  }

  /** Whether the runs whose rows all come before those of a run have all rows of the page. */
  #hasEnoughBefore(i: number): boolean {
    if (!this.#isOfOneKey) return false;
    const { run } = this.#scans[i]!;
    const { limit, reverse } = this.#options;
    const before = this.#scans
      .slice(0, i)
      .filter((scan) => (reverse ? scan.run.heights[0] > run.heights[1] : scan.run.heights[1] < run.heights[0]));
    const rows = before.reduce((sum, scan) => sum + scan.rows.length, 0);
    // Several runs may have the same rows.
    return rows > limit && this.#merged(before).length > limit;
  }

  /** Whether the runs of its series that come before a run have all rows of the page: no key is in two runs of a series. */
  #hasEnoughInSeries(i: number): boolean {
    const { series } = this.#scans[i]!.run;
    const before = this.#isOfOneKey ? [] : this.#scans.slice(0, i).filter(({ run }) => run.series === series);
    return before.reduce((sum, { rows }) => sum + rows.length, 0) > this.#options.limit;
  }
}

type RunOrder = (a: Run, b: Run) => number;

function byHeights(reverse: boolean): RunOrder {
  return reverse ? (a, b) => b.heights[1] - a.heights[1] : (a, b) => a.heights[0] - b.heights[0];
}

function byKeys(reverse: boolean): RunOrder {
  const compare: RunOrder = ({ keys: [a] }, { keys: [b] }) => ((a ?? '') < (b ?? '') ? -1 : 1);
  return reverse ? (a, b) => compare(b, a) : compare;
}

/**
 * A posting may be in two runs until they are merged, so sums count only where no other run has postings among them.
 * @returns whether there were others
 */
function takeApartOverlaps(scans: readonly RunScan[]): boolean {
  const stretches = scans.flatMap((scan) => scan.rows.map((row) => ({ scan, row, end: endOfSummed(row) })));
  stretches.sort((a, b) => compareBytes(a.row.key, b.row.key));
  const overlapping = new Set<(typeof stretches)[number]>();
  let furthest = stretches[0];
  for (const stretch of stretches.slice(1)) {
    if (stretch.scan !== furthest!.scan && compareBytes(stretch.row.key, furthest!.end) <= 0) {
      overlapping.add(stretch).add(furthest!);
    }
    if (compareBytes(stretch.end, furthest!.end) > 0) furthest = stretch;
  }
  const sums = [...overlapping].filter(({ row }) => !isSingle(row.value));
  for (const { scan, row } of sums) scan.takeApart(row);
  return sums.length > 0;
}

function isOfOneKey({ min, max }: KeyRange): boolean {
  const length = min.length - POSITION_LENGTH;
  return (
    min.length === max.length && length > 0 && Buffer.compare(min.subarray(0, length), max.subarray(0, length)) === 0
  );
}

/** The runs that may have rows in a range. */
function runsIn({ min, max }: KeyRange, runs: readonly Run[], isOfOneKey: boolean): Run[] {
  const [first, last] = [toHex(min), toHex(max)];
  const [from, to] = isOfOneKey ? [decodePosition(min).height, decodePosition(max).height] : [0, Number.MAX_VALUE];
  return runs.filter(
    ({ keys: [lowest, end], heights }) =>
      (lowest === null || lowest <= last) && (end === null || first < end) && from <= heights[1] && heights[0] <= to,
  );
}

/** Two ordered lists as one, without repeated keys. @param direction -1 for descending keys */
function mergedRows(a: Row[], b: Row[], direction: 1 | -1): Row[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
  if (direction * compareBytes(a.at(-1)!.key, b[0]!.key) < 0) return [...a, ...b];
  const merged: Row[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    const order = direction * compareBytes(a[i]!.key, b[j]!.key);
    merged.push(order <= 0 ? a[i]! : b[j]!);
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
  }
  for (; i < a.length; i++) merged.push(a[i]!);
  for (; j < b.length; j++) merged.push(b[j]!);
  return merged;
}
