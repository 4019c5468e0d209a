import type { AggregationCursor, Db, Document, FindCursor } from 'mongodb';
import { mapKey } from '../../chain/bytes.ts';
import {
  type KeyRange,
  type LookUp,
  type LookUpResult,
  PAGE_BYTES,
  type Page,
  type ReadOptions,
  type Row,
  type Table,
} from '../store.ts';
import { bytesOf, chunksOf, findOptions, rowValue, toBinary } from './documents.ts';

const KEYS_OF_PART = 500;

/** A look-up that is being read. */
interface LookUpInProgress {
  readonly parts: readonly Part[];
  /** The result, after all parts have been read. */
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
    // One row more than asked for shows whether there are more.
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

/** A page that receives its rows, as many as the limit and {@link PAGE_BYTES} allow. */
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
      // No row follows the one at the limit, so the next document belongs to the next part.
      return isAtLimit;
    }
    this.#bytes += value.length;
    this.#rows.push({ key: bytesOf(document._id), value });
    return true;
  }
}

/** Documents of one collection that are read together with those of others. */
export interface Part {
  readonly table: Table | 'state';
  readonly filter: Document | string;
  /** Ascending or descending keys; null for any. */
  readonly order: 1 | -1 | null;
  /** The most documents. */
  readonly limit: number;
  /** Receives a document. False if the part is full; no more of its documents must be passed. */
  take(document: Document): boolean;
}

/**
 * Reads all parts in their order by one command. If a part is full before its end, the command is ended and the parts after
 * it are read by another one.
 */
export async function readParts(db: Db, parts: readonly Part[], options: ReadOptions): Promise<void> {
  for (let from = 0; from < parts.length; ) from += await readFrom(db, parts.slice(from), options);
}

/** @returns how many parts have been read. The cursor is read to its end or closed. */
async function readFrom(db: Db, parts: readonly Part[], options: ReadOptions): Promise<number> {
  const cursor = parts.length === 1 ? findPart(db, parts[0]!, options) : findAll(db, parts, options);
  for await (const document of cursor) {
    const part = document.part ?? 0;
    if (!parts[part]!.take(document)) return part + 1;
  }
  return parts.length;
}

/** `part` is the index of its part, if there are several. */
type PartDocument = Document & { readonly part?: number };

function findPart(db: Db, { table, filter, order, limit }: Part, options: ReadOptions): FindCursor<PartDocument> {
  // All in the first answer, as far as the server's limit allows: by default it has only 101 documents.
  const found = db.collection(table).find({ _id: filter } as Document, { ...findOptions(options), batchSize: limit });
  return order === null ? found : found.sort({ _id: order }).limit(limit);
}

function findAll(db: Db, parts: readonly Part[], options: ReadOptions): AggregationCursor<PartDocument> {
  const batchSize = parts.reduce((sum, { limit }) => sum + limit, 0);
  return db
    .collection(parts[0]!.table)
    .aggregate<PartDocument>(unionOf(parts, 0), { ...findOptions(options), batchSize });
}

/**
 * One pipeline for all parts, each of which uses the index of its collection. (With `$or` in place of unions, servers
 * based on PostgreSQL read the whole collection.) The unions are nested in halves, so that servers plan few levels.
 */
function unionOf(parts: readonly Part[], first: number): Document[] {
  if (parts.length === 1) return [...stagesOf(parts[0]!), { $addFields: { part: first } }];
  const middle = parts.length >> 1;
  const [head, tail] = [parts.slice(0, middle), parts.slice(middle)];
  const union = { coll: tail[0]!.table, pipeline: unionOf(tail, first + middle) };
  return [...unionOf(head, first), { $unionWith: union }];
}

function stagesOf({ filter, order, limit }: Part): Document[] {
  const match = { $match: { _id: filter } };
  return order === null ? [match] : [match, { $sort: { _id: order } }, { $limit: limit }];
}
