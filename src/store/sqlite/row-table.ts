import { type KeyRange, PAGE_BYTES, type Page, type Row } from '../store.ts';

/** A table as a connection reads it. */
export interface RowTable {
  /** To be called at the beginning of each transaction. */
  refresh(): void;
  /** The value of a key; null where it is not there. */
  get(key: Uint8Array): Uint8Array | null;
  /** The rows of a range in key order, or in descending order, read as they are asked for. */
  scan(range: KeyRange, reverse: boolean): Iterable<Row>;
}

/** The first rows, as many as the limit and {@link PAGE_BYTES} allow. */
export function readPage(found: Iterable<Row>, limit: number): Page {
  const rows: Row[] = [];
  let bytes = 0;
  for (const row of found) {
    const { length } = row.value;
    if (rows.length === limit || (bytes + length > PAGE_BYTES && rows.length > 0)) return { rows, more: true };
    bytes += length;
    rows.push(row);
  }
  return { rows, more: false };
}
