import { Binary, type FindOptions } from 'mongodb';
import type { ReadOptions, Row } from '../store.ts';

/** A row as MongoDB holds it. `v` is absent where the value is empty. */
export interface RowDocument {
  _id: Binary;
  v?: Binary;
}

export function toDocument({ key, value }: Row): RowDocument {
  const _id = toBinary(key);
  return value.length === 0 ? { _id } : { _id, v: toBinary(value) };
}

export function toBinary(bytes: Uint8Array): Binary {
  return new Binary(bytes);
}

export function rowValue({ v }: RowDocument): Uint8Array {
  return v === undefined ? new Uint8Array(0) : bytesOf(v);
}

/** A plain array, not the driver's Buffer, whose methods differ. */
export function bytesOf(binary: Binary | Uint8Array): Uint8Array {
  const { buffer, byteOffset } = binary instanceof Uint8Array ? binary : binary.buffer;
  return new Uint8Array(buffer, byteOffset, binary instanceof Uint8Array ? binary.length : binary.position);
}

/** The driver's signal only lets go of the connection, so the server is told its time as well. */
export function findOptions({ signal, timeoutMs }: ReadOptions): FindOptions & { signal: AbortSignal | undefined } {
  return { signal, ...(timeoutMs === undefined ? {} : { maxTimeMS: Math.max(1, Math.ceil(timeoutMs)) }) };
}
