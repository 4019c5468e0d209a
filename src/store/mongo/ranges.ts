import type { Collection } from 'mongodb';
import type { KeyRange, Page, Row, ScanOptions } from '../store.ts';
import { bytesOf, findOptions, type RowDocument, rowValue, toBinary } from './documents.ts';

/** One page of a range. The cursor is read to its end or closed before this returns: none outlives a page. */
export async function scanRange(
  collection: Collection<RowDocument>,
  { min, max }: KeyRange,
  { limit, reverse, ...options }: ScanOptions,
  pageBytes: number,
): Promise<Page> {
  const found = collection
    .find({ _id: { $gte: toBinary(min), $lte: toBinary(max) } }, findOptions(options))
    .sort({ _id: reverse ? -1 : 1 })
    // One row more than asked for tells whether there are more.
    .limit(limit + 1)
    // All in the first answer, where the server's limit for one allows: the driver would ask again behind 101.
    .batchSize(limit + 1);
  const rows: Row[] = [];
  let bytes = 0;
  for await (const document of found) {
    const value = rowValue(document);
    if (rows.length === limit || (bytes + value.length > pageBytes && rows.length > 0)) return { rows, more: true };
    bytes += value.length;
    rows.push({ key: bytesOf(document._id), value });
  }
  return { rows, more: false };
}
