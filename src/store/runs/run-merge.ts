import { concatBytes, mapKey, viewOf } from '../../chain/bytes.ts';
import type { PackedRows } from '../store.ts';
import { PageCursor, unpackPage } from './page.ts';
import type { Run, RunId } from './run.ts';
import { RunBuilder, separator } from './run-builder.ts';

/** What a merge needs to know at its beginning. */
export interface MergePlan {
  readonly target: RunId;
  readonly sources: readonly SourcePlan[];
  /** The most rows that the sources have. */
  readonly rows: number;
  /** The target ends after so many rows, even if more are left. */
  readonly most: number;
}

export interface SourcePlan {
  /** Rows with lower keys do not count; null if all do. */
  readonly from: Uint8Array | null;
  /** The keys of rows that are left out. */
  readonly leftOut: ReadonlySet<string>;
}

/** The next pages of a source, in order, in one piece of memory. */
export interface SourcePages {
  readonly source: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lengths: readonly number[];
  readonly isLast: boolean;
}

/** @param pages the next ones of a source */
export function sourcePages(source: number, pages: readonly Uint8Array[], isLast: boolean): SourcePages {
  return { source, bytes: concatBytes(...pages), lengths: pages.map(({ length }) => length), isLast };
}

/** How far a merge has come. */
export interface MergeStep {
  /** The pages of the target that are ready to be written. */
  readonly pages: PackedRows;
  /** The sources whose next pages are needed. */
  readonly wanted: readonly number[];
  /** What the merge has led to, after the last step. */
  readonly end: MergeEnd | null;
}

export interface MergeEnd {
  readonly run: Run;
  /** What is left of the sources; null if nothing is. */
  readonly rest: MergeRest | null;
}

export interface MergeRest {
  /** A key above all rows of the target, and not above those that are left. */
  readonly from: Uint8Array;
  /** How many pages of each source were passed whole, and how many rows; null for a source of which nothing is left. */
  readonly passed: readonly (PassedRows | null)[];
}

export interface PassedRows {
  readonly pages: number;
  readonly rows: number;
}

/** As many bytes as a number holds exactly. */
const HEAD_LENGTH = 6;

/** Merges runs into one, as their pages come. Of rows with the same key it takes that of the first source. */
export class RunMerge {
  readonly #builder: RunBuilder;
  readonly #sources: MergeSource[];
  readonly #most: number;

  constructor({ target, sources, rows, most }: MergePlan) {
    this.#builder = new RunBuilder(target, Math.min(rows, most));
    this.#sources = sources.map((source) => new MergeSource(source));
    this.#most = most;
  }

  /** Takes pages, and merges until a source needs more, or enough pages are ready. */
  step(given: readonly SourcePages[]): MergeStep {
    for (const pages of given) this.#sources[pages.source]!.add(pages);
    const builder = this.#builder;
    for (;;) {
      const wanted = this.#wanted();
      if (wanted.length > 0 || builder.isFull) return { pages: builder.take(), wanted, end: null };
      const next = this.#lowest();
      if (next === null || builder.rows >= this.#most) {
        const end = { rest: next === null ? null : this.#restFrom(next), run: builder.finish() };
        return { pages: builder.take(), wanted, end };
      }
      if (next.isLeftOut) {
        next.next();
        continue;
      }
      builder.add(next.cursor!);
      this.#pass(next);
    }
  }

  /** @param next the source with the lowest row that is left */
  #restFrom(next: MergeSource): MergeRest {
    const from = separator(this.#builder.lastKey, next.cursor!.key);
    return { from, passed: this.#sources.map((source) => source.passed) };
  }

  #wanted(): number[] {
    const wanted: number[] = [];
    for (const [i, { isWaiting }] of this.#sources.entries()) if (isWaiting) wanted.push(i);
    return wanted;
  }

  #lowest(): MergeSource | null {
    let lowest: MergeSource | null = null;
    for (const source of this.#sources) {
      if (source.cursor !== null && (lowest === null || compareRows(source, lowest) < 0)) lowest = source;
    }
    return lowest;
  }

  /** Passes the current row, and the same of other sources. */
  #pass(lowest: MergeSource): void {
    for (const source of this.#sources) {
      if (source !== lowest && source.cursor !== null && compareRows(source, lowest) === 0) source.next();
    }
    lowest.next();
  }
}

/** Runs that are read, one after the other. */
class MergeSource {
  readonly #plan: SourcePlan;
  readonly #pages: Uint8Array[] = [];
  #hasMore = true;
  /** Pages that were opened, and rows that were passed. */
  #opened = 0;
  #passedRows = 0;
  /** At the current row; null if there is none, or not yet. */
  cursor: PageCursor | null = null;
  /** The first bytes of its key as a number, which is enough to compare most keys. */
  head = 0;

  constructor(plan: SourcePlan) {
    this.#plan = plan;
  }

  get passed(): PassedRows | null {
    return this.cursor === null ? null : { pages: this.#opened - 1, rows: this.#passedRows };
  }

  get isWaiting(): boolean {
    return this.cursor === null && this.#hasMore;
  }

  get isLeftOut(): boolean {
    const { leftOut } = this.#plan;
    return leftOut.size > 0 && leftOut.has(mapKey(this.cursor!.key));
  }

  add({ bytes, lengths, isLast }: SourcePages): void {
    let end = 0;
    for (const length of lengths) {
      end += length;
      this.#pages.push(viewOf(bytes, end - length, end));
    }
    this.#hasMore = !isLast;
    if (this.cursor === null) this.#open();
  }

  next(): void {
    this.#passedRows += 1;
    if (this.cursor!.next()) this.head = headOf(this.cursor!);
    else this.#open();
  }

  #open(): void {
    const { from } = this.#plan;
    this.cursor = null;
    for (let page = this.#pages.shift(); page !== undefined; page = this.#pages.shift()) {
      this.#opened += 1;
      const cursor = new PageCursor(unpackPage(page));
      if (!(from === null ? cursor.next() : cursor.seek(from))) continue;
      this.cursor = cursor;
      this.head = headOf(cursor);
      return;
    }
  }
}

/** A shorter key is filled up with zeros. */
function headOf({ keyBytes, keyEnd }: PageCursor): number {
  let head = 0;
  for (let i = 0; i < HEAD_LENGTH; i++) head = head * 256 + (i < keyEnd ? keyBytes[i]! : 0);
  return head;
}

/** Only of sources that have a row. */
function compareRows(a: MergeSource, b: MergeSource): number {
  return a.head === b.head ? compareKeys(a.cursor!, b.cursor!) : a.head - b.head;
}

function compareKeys(a: PageCursor, b: PageCursor): number {
  const [bytesOfA, bytesOfB] = [a.keyBytes, b.keyBytes];
  const length = Math.min(a.keyEnd, b.keyEnd);
  for (let i = 0; i < length; i++) {
    const difference = bytesOfA[i]! - bytesOfB[i]!;
    if (difference !== 0) return difference;
  }
  return a.keyEnd - b.keyEnd;
}
