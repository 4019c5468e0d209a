import { compareBytes, fromHex, mapKey } from '../../chain/bytes.ts';
import type { KeyRange, Row } from '../store.ts';
import { encodeSingle, endOfSummed } from '../summed-postings.ts';
import { hashOfRange, mayHave, pageFor } from './filter.ts';
import { countUpTo, PageCursor, rowsIn } from './page.ts';
import { sumsIn } from './page-sums.ts';
import { FANOUT, filterPage, levelsOf, pageNumber, ROWS, type Run } from './run.ts';

/** The pages that a read has. */
export interface PageSource {
  /** The rows of a page, or the bits of a filter; null for a damaged page; undefined if it must be read first. */
  page(run: Run, page: number): Uint8Array | null | undefined;
}

export interface RunScanOptions {
  /** The most rows. */
  readonly most: number;
  readonly reverse: boolean;
  /** Keys of rows that do not count. */
  readonly leftOut?: ReadonlySet<string> | undefined;
  /** Whether postings are added up where sums are stored. */
  readonly isSummed?: boolean;
}

/** The usual number of postings in a page; decides how many pages are asked for at once. */
const USUAL_ROWS = 400;
const MOST_PAGES_AT_ONCE = 64;

/** The rows of a range in one run, as far as its pages are there. */
export class RunScan {
  readonly run: Run;
  readonly rows: Row[] = [];
  readonly #range: KeyRange;
  readonly #options: RunScanOptions;
  readonly #hash: number | null;
  readonly #levels: readonly number[];
  /** The page to read next; null until it is known. */
  #next: number | null = null;
  #isFiltered = false;
  /** The pages whose sums are in the rows, and those whose rows are asked for instead. */
  readonly #summed = new Map<Row, number>();
  readonly #apart = new Set<number>();
  /** Whether no row follows. */
  isAtEnd = false;

  constructor(run: Run, range: KeyRange, options: RunScanOptions) {
    this.run = run;
    this.#range = within(run, range);
    this.#options = options;
    this.#hash = hashOfRange(range);
    this.#levels = levelsOf(run);
    this.isAtEnd = run.rows === 0;
  }

  /** Whether it has as many rows as were asked for, or all. */
  get isDone(): boolean {
    return this.isAtEnd || this.rows.length >= this.#options.most;
  }

  /** Goes on as far as the pages allow. @returns the pages that it needs next; none when it is done */
  advance(pages: PageSource): number[] {
    while (!this.isDone) {
      const wanted = this.#step(pages);
      if (wanted.length > 0) return wanted;
    }
    return [];
  }

  /** Begins again with the rows of a page in place of their sums. */
  takeApart(sums: Row): void {
    this.#apart.add(this.#summed.get(sums)!);
    this.rows.length = 0;
    this.#next = null;
    this.isAtEnd = false;
  }

  #step(pages: PageSource): number[] {
    if (!this.#isFiltered) return this.#filter(pages);
    if (this.#next === null) return this.#descend(pages);
    return this.#read(this.#next, pages);
  }

  #filter(pages: PageSource): number[] {
    const { filters } = this.run;
    if (this.#hash !== null && filters > 0) {
      const number = filterPage(pageFor(this.#hash, filters));
      const page = pages.page(this.run, number);
      if (page === undefined) return [number];
      if (page !== null && !mayHave(page, this.#hash)) this.isAtEnd = true;
    }
    this.#isFiltered = true;
    return [];
  }

  /** Finds the page with the first row, from the highest level of first keys down. */
  #descend(pages: PageSource): number[] {
    const { min, max } = this.#range;
    const { reverse } = this.#options;
    this.#summed.clear();
    let index = 0;
    for (let level = this.#levels.length - 1; level > ROWS; level--) {
      const number = pageNumber(level, index);
      const keys = pages.page(this.run, number);
      if (keys === undefined) return [number];
      const children = this.#levels[level - 1]!;
      const last = Math.min(FANOUT, children - index * FANOUT) - 1;
      // Below a damaged page any may be the one: the walk begins at the end.
      const place = keys === null ? (reverse ? last : 0) : Math.max(0, countUpTo(keys, reverse ? max : min) - 1);
      index = index * FANOUT + place;
    }
    // The first key that counts may be below the first one of this run's first page.
    this.#next = Math.max(index, this.run.firstPage);
    return [];
  }

  #read(index: number, pages: PageSource): number[] {
    const known = this.#bounds(index, pages);
    if (typeof known === 'number') return [known];
    const { reverse } = this.#options;
    this.isAtEnd = reverse ? index < known.first : index > known.last;
    if (this.isAtEnd) return [];
    const sums = this.#sumsOf(index, pages);
    if (sums !== null) {
      this.rows.push(sums);
      this.#summed.set(sums, index);
    } else {
      const page = pages.page(this.run, pageNumber(ROWS, index));
      if (page === undefined) return this.#ahead(index, known, pages);
      if (page !== null) this.#add(page);
    }
    this.#next = reverse ? index - 1 : index + 1;
    this.isAtEnd = reverse ? index <= known.first : index >= known.last;
    return [];
  }

  #add(page: Uint8Array): void {
    const { most, reverse, leftOut, isSummed } = this.#options;
    const left = leftOut === undefined ? most - this.rows.length : Number.POSITIVE_INFINITY;
    for (const row of rowsIn(page, this.#range, left, reverse)) {
      if (leftOut?.has(mapKey(row.key)) === true) continue;
      this.rows.push(isSummed ? { key: row.key, value: encodeSingle(row.value) } : row);
    }
  }

  /** The sums of a page whose postings are all in the range; null if its rows are needed. */
  #sumsOf(index: number, pages: PageSource): Row | null {
    const { isSummed, leftOut } = this.#options;
    if (!isSummed || leftOut !== undefined || this.#levels.length === 1 || this.#apart.has(index)) return null;
    const keys = pages.page(this.run, pageNumber(1, Math.floor(index / FANOUT)));
    if (keys == null) return null;
    const cursor = new PageCursor(keys);
    cursor.moveTo(index % FANOUT);
    const { min, max } = this.#range;
    const row = sumsIn(cursor.value);
    if (row === null || compareBytes(row.key, min) < 0 || compareBytes(endOfSummed(row), max) > 0) return null;
    return row;
  }

  /** The pages that may have rows of the range, as far as the first keys beside a page tell; or the page of first keys to read. */
  #bounds(index: number, pages: PageSource): { first: number; last: number } | number {
    const [count] = this.#levels as [number];
    if (this.#levels.length === 1) return { first: 0, last: 0 };
    const parent = Math.floor(index / FANOUT);
    const number = pageNumber(1, parent);
    const keys = pages.page(this.run, number);
    if (keys === undefined) return number;
    const [begin, end] = [parent * FANOUT, Math.min(count, (parent + 1) * FANOUT) - 1];
    const lowest = keys === null ? 0 : countUpTo(keys, this.#range.min);
    const highest = keys === null ? end + 1 - begin : countUpTo(keys, this.#range.max);
    // Where none or all of the keys are in range, pages of the neighbours may be as well.
    return {
      first: Math.max(this.run.firstPage, lowest === 0 ? begin - 1 : begin + lowest - 1),
      last: begin + highest - 1 === end ? Math.min(count - 1, end + 1) : begin + highest - 1,
    };
  }

  #ahead(index: number, { first, last }: { first: number; last: number }, pages: PageSource): number[] {
    const { most, reverse } = this.#options;
    const count = Math.min(MOST_PAGES_AT_ONCE, Math.ceil((most - this.rows.length) / USUAL_ROWS));
    const wanted: number[] = [];
    for (let i = 0; i < count; i++) {
      const page = reverse ? index - i : index + i;
      if (page < first || page > last || Math.floor(page / FANOUT) !== Math.floor(index / FANOUT)) break;
      if (this.#sumsOf(page, pages) === null) wanted.push(pageNumber(ROWS, page));
    }
    return wanted.length === 0 ? [pageNumber(ROWS, index)] : wanted;
  }
}

/** Rows below the first key that counts are in another run. */
function within({ keys: [from] }: Run, range: KeyRange): KeyRange {
  if (from === null) return range;
  const lowest = fromHex(from);
  return compareBytes(range.min, lowest) < 0 ? { min: lowest, max: range.max } : range;
}
