import type { Row, ScanOptions, StateRecord, Table } from '../store.ts';
import type { DatabaseOptions } from './database.ts';
import { type Packed, pack, unpackAll } from './packing.ts';

/** What the worker thread is started with. */
export interface WorkerSettings extends DatabaseOptions {
  readonly file: string;
}

/** The calls that the worker understands: arguments and result of each. */
export interface Calls {
  get: { args: { table: Table; keys: Packed }; result: Packed };
  scan: { args: { table: Table; ranges: Packed; options: ScanOptions }; result: PackedPage[] };
  write: { args: { tables: { table: Table; rows: Packed }[] }; result: null };
  readState: { args: null; result: StateRecord | null };
  compareAndSetState: { args: { expectedRevision: number; value: Uint8Array }; result: boolean };
  close: { args: null; result: null };
}

export interface PackedPage {
  readonly rows: Packed;
  readonly more: boolean;
}

export interface Request {
  readonly id: number;
  readonly call: keyof Calls;
  readonly args: unknown;
}

/** `error` carries SQLite's own message and, where there is one, its result code. */
export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { message: string; sqliteCode: number | undefined } };

export function packRows(rows: readonly Row[]): Packed {
  return pack(rows.flatMap(({ key, value }) => [key, value]));
}

export function unpackRows(packed: Packed): Row[] {
  const items = unpackAll(packed);
  return Array.from({ length: items.length / 2 }, (_, i) => ({ key: items[2 * i]!, value: items[2 * i + 1]! }));
}
