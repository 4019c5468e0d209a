import { compareBytes, mapKey } from '../../chain/bytes.ts';
import { damagedRecord } from '../errors.ts';
import { neighbour } from '../position.ts';
import {
  type KeyRange,
  type LookUp,
  type LookUpResult,
  PAGE_BYTES,
  type Page,
  type ReadOptions,
  type Row,
} from '../store.ts';
import { lastOf, pageAt, ROWS_OF_PAGE, unpackTransactions } from './transaction-page.ts';

type DamageReport = ReadOptions['onDamage'];

/** A look-up of transactions that is made by reading their pages, in one round or more. */
export class PagedLookUp {
  readonly #lookUp: LookUp;
  readonly #onDamage: DamageReport;
  readonly #ranges: readonly RangeOfPages[];
  readonly #values = new Map<string, Uint8Array>();
  /** The pages of all keys; none once they were read. */
  #pages: readonly Uint8Array[];

  constructor(lookUp: LookUp, { onDamage }: Pick<ReadOptions, 'onDamage'>) {
    this.#lookUp = lookUp;
    this.#onDamage = onDamage;
    this.#ranges = lookUp.ranges.map((range) => new RangeOfPages(range, lookUp));
    this.#pages = [...new Map(lookUp.keys.map((key) => [mapKey(pageAt(key)), pageAt(key)])).values()];
  }

  get isDone(): boolean {
    return this.#pages.length === 0 && this.#ranges.every(({ isDone }) => isDone);
  }

  get result(): LookUpResult {
    return {
      values: this.#lookUp.keys.map((key) => this.#values.get(mapKey(key)) ?? null),
      pages: this.#ranges.map((range) => range.page(this.#onDamage !== undefined)),
    };
  }

  /** The pages to read next. */
  next(): LookUp {
    const ranges = this.#ranges.filter(({ isDone }) => !isDone);
    const limit = Math.max(0, ...ranges.map((range) => range.wanted));
    return {
      table: 'transactionPages',
      keys: this.#pages,
      ranges: ranges.map(({ left }) => left),
      limit,
      reverse: this.#lookUp.reverse,
    };
  }

  /** @throws STORE_DAMAGED */
  take({ values, pages }: LookUpResult): void {
    const read = (page: Row) => readPage(page, this.#onDamage);
    for (const [i, value] of values.entries()) {
      if (value === null) continue;
      for (const row of read({ key: this.#pages[i]!, value })) this.#values.set(mapKey(row.key), row.value);
    }
    this.#pages = [];
    for (const [i, range] of this.#ranges.filter(({ isDone }) => !isDone).entries()) range.take(pages[i]!, read);
  }
}

/** The rows of a range, as far as they have been read. */
class RangeOfPages {
  readonly #range: KeyRange;
  readonly #limit: number;
  readonly #reverse: boolean;
  readonly #rows: Row[] = [];
  #bytes = 0;
  #pages = 0;
  #more = false;
  #end: Uint8Array | undefined;
  /** What is left to read. */
  left: KeyRange;
  isDone = false;

  constructor(range: KeyRange, { limit, reverse }: Pick<LookUp, 'limit' | 'reverse'>) {
    this.#range = range;
    this.#limit = limit;
    this.#reverse = reverse;
    this.left = { min: pageAt(range.min), max: range.max };
  }

  /** How many pages most likely have the rows that are still wanted. The first and the last one may have rows outside of the range. */
  get wanted(): number {
    const ofPage = this.#pages === 0 ? ROWS_OF_PAGE : Math.max(1, this.#rows.length / this.#pages);
    return Math.ceil((this.#limit - this.#rows.length) / ofPage) + 1;
  }

  page(withEnd: boolean): Page {
    return { rows: this.#rows, more: this.#more, ...(withEnd && { end: this.#end }) };
  }

  take({ rows: pages, more, end }: Page, read: (page: Row) => Row[]): void {
    const fit = pages.every((page) => {
      const rows = read(page).filter(({ key }) => isWithin(key, this.#range));
      this.#pages += 1;
      return this.#add(this.#reverse ? rows.reverse() : rows);
    });
    const last = end ?? pages.at(-1)?.key;
    if (fit && last !== undefined) this.#passed(last);
    this.#more = !fit || more;
    this.isDone ||= !fit || !more || this.#rows.length === this.#limit;
  }

  /** False if not all rows fit. */
  #add(rows: readonly Row[]): boolean {
    for (const row of rows) {
      const { length } = row.value;
      const isFull = this.#rows.length === this.#limit || (this.#bytes + length > PAGE_BYTES && this.#rows.length > 0);
      if (isFull) return false;
      this.#rows.push(row);
      this.#bytes += length;
      this.#end = row.key;
    }
    return true;
  }

  /** A page is behind us. */
  #passed(page: Uint8Array): void {
    const { min, max } = this.#range;
    const end = this.#reverse ? page : lastOf(page);
    this.#end = this.#reverse ? later(end, min) : earlier(end, max);
    const next = neighbour(end, this.#reverse);
    if (next === null) this.isDone = true;
    else this.left = this.#reverse ? { ...this.left, max: next } : { ...this.left, min: next };
  }
}

/** @throws STORE_DAMAGED unless damage is reported; then a damaged page has no rows */
function readPage(page: Row, onDamage: DamageReport): Row[] {
  try {
    return unpackTransactions(page);
  } catch (error) {
    if (onDamage === undefined) throw damagedRecord('transactionPages', page.key, error);
    onDamage('transactionPages', page.key);
    return [];
  }
}

function isWithin(key: Uint8Array, { min, max }: KeyRange): boolean {
  return compareBytes(min, key) <= 0 && compareBytes(key, max) <= 0;
}

function earlier(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) <= 0 ? a : b;
}

function later(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) >= 0 ? a : b;
}
