import { Binary, type FindOptions } from 'mongodb';
import { viewOf } from '../../chain/bytes.ts';
import type { ReadOptions, Row } from '../store.ts';

/** A row as MongoDB should hold it: others can write there too. */
export interface RowDocument {
  _id: Binary;
  v: Binary;
}

export function toDocument({ key, value }: Row): RowDocument {
  return { _id: toBinary(key), v: toBinary(value) };
}

export function toBinary(bytes: Uint8Array): Binary {
  return new Binary(bytes);
}

/** The value of a row; empty, which no checksum fits, where the document has none or one of another type. */
export function rowValue({ v }: { readonly v?: unknown }): Uint8Array {
  return bytesIn(v) ?? new Uint8Array(0);
}

/** Of a field that the query has made sure to be binary. */
export function bytesOf(binary: Binary | Uint8Array): Uint8Array {
  return bytesIn(binary)!;
}

/** A plain array, not the driver's Buffer, whose methods differ; null where the field is not binary. */
export function bytesIn(field: unknown): Uint8Array | null {
  if (field instanceof Uint8Array) return viewOf(field, 0, field.length);
  return field instanceof Binary ? viewOf(field.buffer, 0, field.position) : null;
}

/** The driver's signal only lets go of the connection, so the server is told its time as well. */
export function findOptions({ signal, timeoutMs }: ReadOptions): FindOptions & { signal: AbortSignal | undefined } {
  return { signal, ...(timeoutMs === undefined ? {} : { maxTimeMS: Math.max(1, Math.ceil(timeoutMs)) }) };
}
