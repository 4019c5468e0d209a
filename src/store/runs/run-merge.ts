import { concatBytes, mapKey, viewOf } from '../../chain/bytes.ts';
import type { PackedRows } from '../store.ts';
import { PageCursor, unpackPage } from './page.ts';
import type { Run, RunId } from './run.ts';
import { RunBuilder } from './run-builder.ts';

/** What a merge needs to know at its beginning. */
export interface MergePlan {
  readonly target: RunId;
  /** For each source the keys of rows that are left out. */
  readonly sources: readonly { readonly leftOut: ReadonlySet<string> }[];
  /** The most rows that the target may have. */
  readonly rows: number;
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
  /** The target, after the last step. */
  readonly run: Run | null;
}

/** Merges runs into one, as their pages come. Of rows with the same key it takes that of the first source. */
export class RunMerge {
  readonly #builder: RunBuilder;
  readonly #sources: MergeSource[];

  constructor({ target, sources, rows }: MergePlan) {
    this.#builder = new RunBuilder(target, rows);
    this.#sources = sources.map(({ leftOut }) => new MergeSource(leftOut));
  }

  /** Takes pages, and merges until a source needs more, or enough pages are ready. */
  step(given: readonly SourcePages[]): MergeStep {
    for (const pages of given) this.#sources[pages.source]!.add(pages);
    const builder = this.#builder;
    for (;;) {
      const wanted = this.#wanted();
      if (wanted.length > 0 || builder.isFull) return { pages: builder.take(), wanted, run: null };
      const next = this.#lowest();
      if (next === null) {
        const run = builder.finish();
        return { pages: builder.take(), wanted, run };
      }
      if (next.isLeftOut) {
        next.next();
        continue;
      }
      builder.add(next.cursor!);
      this.#pass(next);
    }
  }

  #wanted(): number[] {
    const wanted: number[] = [];
    for (const [i, { isWaiting }] of this.#sources.entries()) if (isWaiting) wanted.push(i);
    return wanted;
  }

  #lowest(): MergeSource | null {
    let lowest: MergeSource | null = null;
    for (const source of this.#sources) {
      if (source.cursor === null) continue;
      if (lowest === null || compareKeys(source.cursor, lowest.cursor!) < 0) lowest = source;
    }
    return lowest;
  }

  /** Passes the current row, and the same of other sources. */
  #pass(lowest: MergeSource): void {
    for (const source of this.#sources) {
      if (source === lowest || source.cursor === null) continue;
      if (compareKeys(source.cursor, lowest.cursor!) === 0) source.next();
    }
    lowest.next();
  }
}

/** A run that is read. */
class MergeSource {
  readonly #leftOut: ReadonlySet<string>;
  readonly #pages: Uint8Array[] = [];
  #hasMore = true;
  /** At the current row; null if there is none, or not yet. */
  cursor: PageCursor | null = null;

  constructor(leftOut: ReadonlySet<string>) {
    this.#leftOut = leftOut;
  }

  get isWaiting(): boolean {
    return this.cursor === null && this.#hasMore;
  }

  get isLeftOut(): boolean {
    return this.#leftOut.size > 0 && this.#leftOut.has(mapKey(this.cursor!.key));
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
    if (!this.cursor!.next()) this.#open();
  }

  #open(): void {
    this.cursor = null;
    for (let page = this.#pages.shift(); page !== undefined; page = this.#pages.shift()) {
      const cursor = new PageCursor(unpackPage(page));
      if (!cursor.next()) continue;
      this.cursor = cursor;
      return;
    }
  }
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
