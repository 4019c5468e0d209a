import { Binary, type FindOptions } from 'mongodb';
import { viewOf } from '../../chain/bytes.ts';
import { rowSize, storedRowAt } from '../packed-rows.ts';
import type { PackedRows, ReadOptions, Row } from '../store.ts';

/** A row as MongoDB should hold it; others may have written something else. */
export interface RowDocument {
  _id: Binary;
  v: Binary;
}

function toDocument({ key, value }: Row): RowDocument {
  return { _id: toBinary(key), v: toBinary(value) };
}

export function toBinary(bytes: Uint8Array): Binary {
  return new Binary(bytes);
}

/** The value of a row; empty, which fits no checksum, if the document has none or one of another type. */
export function rowValue({ v }: { readonly v?: unknown }): Uint8Array {
  return bytesIn(v) ?? new Uint8Array(0);
}

/** The bytes of a field that is known to be binary, from the query. */
export function bytesOf(binary: Binary | Uint8Array): Uint8Array {
  return bytesIn(binary)!;
}

/** The bytes as a plain array, since methods of the driver's Buffer differ; null if the field is not binary. */
export function bytesIn(field: unknown): Uint8Array | null {
  if (field instanceof Uint8Array) return viewOf(field, 0, field.length);
  return field instanceof Binary ? viewOf(field.buffer, 0, field.position) : null;
}

/** Options of a query. The signal only releases the connection, so the time limit is sent to the server as well. */
export function findOptions({ signal, timeoutMs }: ReadOptions): FindOptions & { signal: AbortSignal | undefined } {
  return { signal, ...(timeoutMs === undefined ? {} : { maxTimeMS: Math.max(1, Math.ceil(timeoutMs)) }) };
}

/** Rows as documents, from one place of the key order to another (exclusive). */
export function documentsOf(rows: PackedRows, from: number, to: number): RowDocument[] {
  return Array.from({ length: to - from }, (_, i) => toDocument(storedRowAt(rows, from + i)));
}

/** Rows of one insert, from one place of the key order to another (exclusive), and their size. */
type InsertedRows = readonly [from: number, to: number, bytes: number];

/** Divides rows into inserts. */
export function insertsOf(rows: PackedRows): InsertedRows[] {
  const inserts: InsertedRows[] = [];
  let from = 0;
  let bytes = 0;
  for (let place = 0; place < rows.order.length; place++) {
    const size = rowSize(rows, place);
    if (place > from && (place - from === INSERT_ROWS || bytes + size > INSERT_BYTES)) {
      inserts.push([from, place, bytes]);
      from = place;
      bytes = 0;
    }
    bytes += size;
  }
  if (rows.order.length > from) inserts.push([from, rows.order.length, bytes]);
  return inserts;
}

/** The most rows and bytes of one insert: enough that round trips do not matter; the driver copies them several times. */
const INSERT_ROWS = 5_000;
const INSERT_BYTES = 4 * 1024 * 1024;

/** Divides items into chunks of a size, in their order; the last may be smaller. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}
