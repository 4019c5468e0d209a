import type { Document } from 'mongodb';
import { mapKey } from '../../chain/bytes.ts';
import { type KeyRange, type LookUp, type LookUpResult, PAGE_BYTES, type Page, type Row } from '../store.ts';
import { chunksOf } from './chunks.ts';
import { bytesOf, rowValue, toBinary } from './documents.ts';
import type { Part } from './parts.ts';

const KEYS_OF_PART = 500;

/** A look-up while it is read. */
export interface LookUpInProgress {
  readonly parts: readonly Part[];
  /** What its parts have taken. */
  found(): LookUpResult;
}

export function readingOf({ table, keys, ranges, limit, reverse }: LookUp): LookUpInProgress {
  const values = new Map<string, Uint8Array>();
  const pages = ranges.map(() => new PageInTheMaking(limit));
  const rowsOfKeys = chunksOf(keys, KEYS_OF_PART).map((some): Part => {
    const take = ({ _id, ...document }: Document) => {
      values.set(mapKey(bytesOf(_id)), rowValue(document));
      return true;
    };
    return { table, filter: { $in: some.map(toBinary) }, order: null, limit: some.length, take };
  });
  const rowsOfRanges = ranges.map((range, i): Part => {
    const take = (document: Document) => pages[i]!.take(document);
    // One row more than asked for tells whether there are more.
    return { table, filter: filterOf(range), order: reverse ? -1 : 1, limit: limit + 1, take };
  });
  return {
    parts: [...rowsOfKeys, ...rowsOfRanges],
    found: () => ({
      values: keys.map((key) => values.get(mapKey(key)) ?? null),
      pages: pages.map(({ page }) => page),
    }),
  };
}

function filterOf({ min, max }: KeyRange) {
  return { $gte: toBinary(min), $lte: toBinary(max) };
}

/** A page that its rows come into, as many as the limit and {@link PAGE_BYTES} allow. */
class PageInTheMaking {
  readonly #limit: number;
  readonly #rows: Row[] = [];
  #bytes = 0;
  #more = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get page(): Page {
    return { rows: this.#rows, more: this.#more };
  }

  take(document: Document): boolean {
    const value = rowValue(document);
    const isAtLimit = this.#rows.length === this.#limit;
    if (isAtLimit || (this.#bytes + value.length > PAGE_BYTES && this.#rows.length > 0)) {
      this.#more = true;
      // Behind the row that is at the limit there are none, so what follows is of the next part.
      return isAtLimit;
    }
    this.#bytes += value.length;
    this.#rows.push({ key: bytesOf(document._id), value });
    return true;
  }
}
