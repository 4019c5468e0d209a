import { compareBytes } from '../chain/bytes.ts';
import { successor } from '../store/scan-pages.ts';
import type { KeyRange, LookUp, LookUpResult, Page, Row, Table } from '../store/store.ts';

/** The callbacks of a promise that a read will settle. */
export interface Waiter<T> {
  resolve(found: T): void;
  reject(error: unknown): void;
}

/** A requested row. */
export interface AskedRow extends Waiter<Uint8Array | null> {
  readonly table: Table;
  readonly key: Uint8Array;
}

/** A requested page. */
export interface AskedPage extends Waiter<Page> {
  readonly table: Table;
  readonly range: KeyRange;
  readonly limit: number;
  readonly reverse: boolean;
  /** Whether adjacent ranges may be read with it as one range. */
  readonly isSparse: boolean;
}

/** Requests that are combined into one look-up. */
export interface AskedLookUp {
  readonly lookUp: LookUp;
  /** Resolves the requests. @returns the pages that must still be read */
  settle(found: LookUpResult): readonly AskedPage[];
  reject(error: unknown): void;
  /** The same requests as two look-ups; none if there is only one request. */
  halves(): readonly AskedLookUp[];
}

/** Groups requests by table into look-ups of at most `most` keys or ranges. */
export function lookUpsOf(rows: readonly AskedRow[], pages: readonly AskedPage[], most: number): AskedLookUp[] {
  const ofKeys = groupsOf(rows, isOfTable).flatMap((group) => piecesOf(group, most).map(keysLookUp));
  const ofRanges = groupsOf(pages, isInDirection)
    .flatMap((group) => [...Map.groupBy(spansOf(group), ({ limit }) => limit).values()])
    .flatMap((group) => piecesOf(group, most).map(rangesLookUp));
  // Rows of unconfirmed transactions are removed before their departures, so they must be read after the departures.
  return [...ofRanges, ...ofKeys].sort((a, b) => readingOrder(a) - readingOrder(b));
}

function readingOrder({ lookUp: { table } }: AskedLookUp): number {
  return table === 'departures' ? 0 : 1;
}

function keysLookUp(rows: readonly AskedRow[]): AskedLookUp {
  return {
    lookUp: { table: rows[0]!.table, keys: rows.map(({ key }) => key), ranges: [], limit: 0, reverse: false },
    settle({ values }) {
      for (const [i, { resolve }] of rows.entries()) resolve(values[i]!);
      return [];
    },
    reject(error) {
      for (const { reject } of rows) reject(error);
    },
    halves: () => halvesOf(rows).map(keysLookUp),
  };
}

function rangesLookUp(spans: readonly Span[]): AskedLookUp {
  const { table, limit, reverse } = spans[0]!;
  const isSparse = spans.every((span) => span.isSparse);
  return {
    lookUp: { table, keys: [], ranges: spans.map(({ range }) => range), limit, reverse, isSparse },
    settle: ({ pages }) => spans.flatMap((span, i) => span.settle(pages[i]!)),
    reject(error) {
      for (const { asked } of spans) for (const { reject } of asked) reject(error);
    },
    halves() {
      if (spans.length > 1) return halvesOf(spans).map(rangesLookUp);
      return halvesOf(spans[0]!.asked).map((asked) => rangesLookUp([new Span(asked)]));
    },
  };
}

function halvesOf<T>(items: readonly T[]): (readonly T[])[] {
  const middle = items.length >> 1;
  return middle === 0 ? [] : [items.slice(0, middle), items.slice(middle)];
}

/** Adjacent ranges that are read as one. */
class Span {
  /** In key order. */
  readonly asked: readonly AskedPage[];
  readonly limit: number;

  constructor(asked: readonly AskedPage[]) {
    this.asked = asked;
    this.limit = asked.reduce((sum, { limit }) => sum + limit, 0);
  }

  get table(): Table {
    return this.asked[0]!.table;
  }

  get reverse(): boolean {
    return this.asked[0]!.reverse;
  }

  get isSparse(): boolean {
    return this.asked.every(({ isSparse }) => isSparse);
  }

  get range(): KeyRange {
    return { min: this.asked[0]!.range.min, max: this.asked.at(-1)!.range.max };
  }

  /** Resolves each request with its part of the page. @returns those that the page does not cover */
  settle(page: Page): readonly AskedPage[] {
    if (this.asked.length === 1) {
      this.asked[0]!.resolve(page);
      return [];
    }
    const unread: AskedPage[] = [];
    const left = new Rows(page, this.reverse);
    for (const asked of this.reverse ? this.asked.toReversed() : this.asked) {
      const part = left.take(asked);
      if (part === null) unread.push({ ...asked, isSparse: false });
      else asked.resolve(part);
    }
    return unread;
  }
}

/** The rows of a page, divided among ranges. */
class Rows {
  readonly #page: Page;
  readonly #reverse: boolean;
  #next = 0;

  constructor(page: Page, reverse: boolean) {
    this.#page = page;
    this.#reverse = reverse;
  }

  /** The page of the next range; null if the rows end before it is complete. */
  take({ range: { min, max }, limit }: AskedPage): Page | null {
    const { rows, more } = this.#page;
    const from = this.#next;
    const isWithin = ({ key }: Row) => (this.#reverse ? compareBytes(key, min) >= 0 : compareBytes(key, max) <= 0);
    while (this.#next < rows.length && isWithin(rows[this.#next]!)) this.#next += 1;
    const count = this.#next - from;
    const isCut = more && this.#next === rows.length;
    if (isCut && count < limit) return null;
    return { rows: rows.slice(from, Math.min(this.#next, from + limit)), more: isCut || count > limit };
  }
}

/** @param asked pages of one table, all in the same direction */
function spansOf(asked: readonly AskedPage[]): Span[] {
  const spans = asked.filter(({ isSparse }) => !isSparse).map((page) => [page]);
  const sparse = asked.filter(({ isSparse }) => isSparse).sort((a, b) => compareBytes(a.range.min, b.range.min));
  for (const page of sparse) {
    const before = spans.at(-1)?.at(-1);
    if (before?.isSparse === true && touches(before.range, page.range)) spans.at(-1)!.push(page);
    else spans.push([page]);
  }
  return spans.map((pages) => new Span(pages));
}

function touches(a: KeyRange, b: KeyRange): boolean {
  return a.max.length === b.min.length && compareBytes(successor(a.max), b.min) === 0;
}

type OfTable = Pick<AskedRow, 'table'>;
type Directed = Pick<AskedPage, 'table' | 'reverse'>;

function isOfTable(a: OfTable, b: OfTable): boolean {
  return a.table === b.table;
}

function isInDirection(a: Directed, b: Directed): boolean {
  return isOfTable(a, b) && a.reverse === b.reverse;
}

/** Groups items that are alike, of which there are few kinds. */
function groupsOf<T>(items: readonly T[], areAlike: (a: T, b: T) => boolean): T[][] {
  const groups: T[][] = [];
  for (const item of items) {
    const group = groups.find(([first]) => areAlike(first!, item));
    if (group === undefined) groups.push([item]);
    else group.push(item);
  }
  return groups;
}

function piecesOf<T>(items: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / most) }, (_, i) => items.slice(i * most, (i + 1) * most));
}
