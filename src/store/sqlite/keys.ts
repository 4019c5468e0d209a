import type { Table } from '../store.ts';

/** How keys of a table are bound: positions are SQLite's own 64-bit row ids, so rows of any size append in order. */
export type SqlKey = Uint8Array | bigint;

export function hasRowids(table: Table): boolean {
  return table === 'transactions';
}

export function toSql(table: Table, key: Uint8Array): SqlKey {
  if (!hasRowids(table)) return key;
  return new DataView(key.buffer, key.byteOffset, key.length).getBigInt64(0);
}

export function fromSql(key: SqlKey): Uint8Array {
  if (typeof key !== 'bigint') return key;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, key);
  return bytes;
}
