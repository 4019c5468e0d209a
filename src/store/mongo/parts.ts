import type { AggregationCursor, Db, Document, FindCursor } from 'mongodb';
import type { ReadOptions, Table } from '../store.ts';
import { findOptions } from './documents.ts';

/** Some documents of one collection, to be read together with those of others. */
export interface Part {
  readonly table: Table | 'state';
  readonly filter: Document | string;
  /** Ascending or descending keys; null for any. */
  readonly order: 1 | -1 | null;
  /** The most documents. */
  readonly limit: number;
  /** Takes a document. False where it has taken all that it may; more of this part are not to come. */
  take(document: Document): boolean;
}

/**
 * Reads all parts, one after the other, by one command. Where one has enough before its end, the command is ended, and what
 * is behind it asked for by another one.
 */
export async function readParts(db: Db, parts: readonly Part[], options: ReadOptions): Promise<void> {
  for (let from = 0; from < parts.length; ) from += await readFrom(db, parts.slice(from), options);
}

/** @returns how many parts have been read. No cursor outlives this: it is read to its end, or closed. */
async function readFrom(db: Db, parts: readonly Part[], options: ReadOptions): Promise<number> {
  const cursor = parts.length === 1 ? findPart(db, parts[0]!, options) : findAll(db, parts, options);
  for await (const document of cursor) {
    const part = document.part ?? 0;
    if (!parts[part]!.take(document)) return part + 1;
  }
  return parts.length;
}

/** `part`: which of the parts it belongs to, where there are several. */
type PartDocument = Document & { readonly part?: number };

function findPart(db: Db, { table, filter, order, limit }: Part, options: ReadOptions): FindCursor<PartDocument> {
  // All in the first answer, where the server's limit for one allows: the driver would ask again behind 101.
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
 * One pipeline for all parts: each is looked up by the index of its own collection. (With `$or` in the place of unions, servers
 * on PostgreSQL read all of a collection.) The unions are nested in halves, so that servers plan few levels.
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
