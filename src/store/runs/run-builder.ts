import { CHECKSUM_LENGTH } from '../checksum.ts';
import { compressed } from '../compression.ts';
import { RowPacker } from '../packed-rows.ts';
import { POSITION_LENGTH } from '../position.ts';
import type { PackedRows } from '../store.ts';
import { FilterBuilder } from './filter.ts';
import { PageBuilder, PageCursor, type RowCursor } from './page.ts';
import { sumsOfPage } from './page-sums.ts';
import { FANOUT, filterPage, pageNumber, ROWS, type Run, type RunId, runPageKey, wholeRun } from './run.ts';

/** The rows of the first page have this many bytes; those of others as many as will most likely fill it when they are compressed like the rows before. */
const FIRST_BYTES = 9_600;
const MOST_BYTES = 16_000;
/** How full a page is to be: few become longer than it can be. */
const FILL = 0.95;
/** The weight of the last page in the mean of how well rows were compressed. */
const WEIGHT = 0.3;
/**
 * The longest page. With its key, its checksum and what SQLite adds, it is just as long as a row can be that SQLite keeps in one page of its file.
 */
const LONGEST_PAGE = 8_100;
/** Pages are given away when they have this many bytes. */
const OUTPUT_BYTES = 2 * 1024 * 1024;

/** Makes the pages of a run from rows in key order. The same rows always make the same pages. */
export class RunBuilder {
  readonly #id: RunId;
  readonly #filter: FilterBuilder;
  readonly #page = new PageBuilder();
  readonly #indexes: IndexLevel[] = [];
  /** The last key of the last finished page. */
  #before: Uint8Array | null = null;
  #first: Uint8Array | null = null;
  #output = new RowPacker();
  /** How many bytes a byte of rows becomes. */
  #ratio = (FILL * LONGEST_PAGE) / FIRST_BYTES;
  #pageBytes = FIRST_BYTES;
  #count = 0;
  #pages = 0;
  #lowest = Number.POSITIVE_INFINITY;
  #highest = 0;

  /** @param rows the most rows that will be added */
  constructor(id: RunId, rows: number) {
    this.#id = id;
    this.#filter = new FilterBuilder(rows);
  }

  /** Whether pages should be taken, so that memory is bounded. */
  get isFull(): boolean {
    return this.#output.bytes.length >= OUTPUT_BYTES;
  }

  /** How many rows were added. */
  get rows(): number {
    return this.#count;
  }

  /** That of the last row that was added. */
  get lastKey(): Uint8Array {
    return this.#page.lastKey;
  }

  /** Adds a row whose key is above all before. */
  add(row: RowCursor): void {
    const shared = this.#page.sharedWith(row);
    if (this.#page.rows > 0 && this.#page.length >= this.#pageBytes) this.#endPage();
    const { keyBytes, keyStart, keyEnd } = row;
    if (this.#first === null) this.#first = keyBytes.slice(keyStart, keyEnd);
    if (this.#count === 0 || shared < keyEnd - keyStart - POSITION_LENGTH) this.#filter.add(row);
    this.#page.add(row, shared);
    this.#count += 1;
    this.#includeHeight(keyBytes, keyEnd - POSITION_LENGTH);
  }

  /** The pages that are finished so far. */
  take(): PackedRows {
    const pages = this.#output.finish();
    this.#output = new RowPacker();
    return pages;
  }

  /** Ends the run. Its last pages are still to be taken. */
  finish(): Run {
    if (this.#page.rows > 0) this.#endPage();
    this.#endIndexes();
    const filters = this.#filter.finish();
    for (const [index, page] of filters.entries()) this.#put(filterPage(index), page);
    const heights = [Math.min(this.#lowest, this.#highest), this.#highest] as const;
    return wholeRun(this.#id, { rows: this.#count, pages: this.#pages, filters: filters.length, heights });
  }

  #includeHeight(key: Uint8Array, at: number): void {
    const height = at < 0 ? 0 : (key[at]! << 16) | (key[at + 1]! << 8) | key[at + 2]!;
    if (height < this.#lowest) this.#lowest = height;
    if (height > this.#highest) this.#highest = height;
  }

  #endPage(): void {
    const last = this.#page.lastKey.slice();
    this.#endRows(this.#page.take(), this.#first!, last);
    this.#first = null;
  }

  /** A page that is too long in spite of compression becomes two. */
  #endRows(rows: Uint8Array, first: Uint8Array, last: Uint8Array): void {
    const page = compressed(rows);
    this.#learn(page.length / rows.length);
    const half = page.length > LONGEST_PAGE ? halves(rows) : null;
    if (half !== null) {
      this.#endRows(half.lower, first, half.lastOfLower);
      this.#endRows(half.upper, half.firstOfUpper, last);
      return;
    }
    const key = this.#before === null ? NOTHING : separator(this.#before, first);
    this.#index(1, key, sumsOfPage(rows, first, last));
    this.#put(pageNumber(ROWS, this.#pages), page);
    this.#pages += 1;
    this.#before = last;
  }

  #learn(ratio: number): void {
    this.#ratio += WEIGHT * (ratio - this.#ratio);
    this.#pageBytes = Math.min(MOST_BYTES, (FILL * LONGEST_PAGE) / this.#ratio);
  }

  /** Notes where a page of the level below begins, and the sums of a page of postings. */
  #index(level: number, first: Uint8Array, sums: Uint8Array = NOTHING): void {
    this.#indexes[level] ??= new IndexLevel();
    const index = this.#indexes[level];
    if (index.isFull) this.#endIndex(level);
    index.add(first, sums);
  }

  #endIndex(level: number): void {
    const { first, pages, rows } = this.#indexes[level]!.take();
    this.#put(pageNumber(level, pages), compressed(rows));
    this.#index(level + 1, first);
  }

  #endIndexes(): void {
    for (let level = 1, below = this.#pages; below > 1; level++) {
      this.#endIndex(level);
      below = this.#indexes[level]!.pages;
    }
  }

  #put(number: number, value: Uint8Array): void {
    this.#output.add({ key: runPageKey(this.#id, number), value });
  }
}

const NOTHING = new Uint8Array(0);

/** The first keys of pages, for an index page at a time. */
class IndexLevel {
  readonly #keys = new PageBuilder();
  #first: Uint8Array | null = null;
  pages = 0;

  get isFull(): boolean {
    return this.#keys.rows === FANOUT;
  }

  add(key: Uint8Array, value: Uint8Array): void {
    this.#first ??= key;
    const ends = { keyStart: 0, keyEnd: key.length, valueStart: 0, valueEnd: value.length };
    this.#keys.add({ keyBytes: key, valueBytes: value, ...ends });
  }

  take(): { readonly first: Uint8Array; readonly pages: number; readonly rows: Uint8Array } {
    const taken = { first: this.#first!, pages: this.pages, rows: this.#keys.take() };
    this.#first = null;
    this.pages += 1;
    return taken;
  }
}

/** The shortest key that is above the last one of a page or run, and not above the first one of the next. */
export function separator(last: Uint8Array, first: Uint8Array): Uint8Array {
  let shared = 0;
  while (shared < last.length && last[shared] === first[shared]) shared++;
  return first.slice(0, shared + 1);
}

/** Null for a single row. */
function halves(rows: Uint8Array) {
  const lower = new PageBuilder();
  const upper = new PageBuilder();
  const cursor = new PageCursor(rows);
  let firstOfUpper: Uint8Array | null = null;
  while (cursor.next()) {
    if (lower.rows === 0 || lower.length < rows.length / 2) {
      lower.add(cursor);
      continue;
    }
    firstOfUpper ??= cursor.key;
    upper.add(cursor);
  }
  if (firstOfUpper === null) return null;
  const lastOfLower = lower.lastKey.slice();
  return { lower: lower.take(), upper: upper.take(), lastOfLower, firstOfUpper };
}

/** Makes a whole run at once. */
export function buildRun(id: RunId, rows: PackedRows): { readonly run: Run; readonly pages: PackedRows } {
  const builder = new RunBuilder(id, rows.order.length);
  const cursor = new PackedCursor(rows);
  for (let has = cursor.next(); has; has = cursor.next()) if (!cursor.isRepeated) builder.add(cursor);
  const run = builder.finish();
  return { run, pages: builder.take() };
}

/** Reads packed rows in key order. */
class PackedCursor implements RowCursor {
  readonly #rows: PackedRows;
  #place = -1;
  readonly keyBytes: Uint8Array;
  keyStart = 0;
  keyEnd = 0;
  readonly valueBytes: Uint8Array;
  valueStart = 0;
  valueEnd = 0;
  /** Whether the row before has the same key. */
  isRepeated = false;

  constructor(rows: PackedRows) {
    this.#rows = rows;
    this.keyBytes = rows.bytes;
    this.valueBytes = rows.bytes;
  }

  next(): boolean {
    const { ends, order } = this.#rows;
    this.#place += 1;
    if (this.#place >= order.length) return false;
    const row = order[this.#place]!;
    const { keyStart, keyEnd } = this;
    this.keyStart = row === 0 ? 0 : ends[2 * row - 1]!;
    this.keyEnd = ends[2 * row]!;
    this.isRepeated = this.#place > 0 && this.#isSameAs(keyStart, keyEnd);
    this.valueStart = this.keyEnd;
    this.valueEnd = ends[2 * row + 1]! - CHECKSUM_LENGTH;
    return true;
  }

  #isSameAs(start: number, end: number): boolean {
    const { keyBytes, keyStart, keyEnd } = this;
    if (end - start !== keyEnd - keyStart) return false;
    for (let i = 0; i < end - start; i++) if (keyBytes[start + i] !== keyBytes[keyStart + i]) return false;
    return true;
  }
}
