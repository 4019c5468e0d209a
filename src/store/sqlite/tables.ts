import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { storedRowAt } from '../packed-rows.ts';
import { type KeyRange, PAGE_BYTES, type PackedRows, type Page, type Row, TABLES, type Table } from '../store.ts';

/** All tables except the postings: their keys come in no order, so their rows are kept in segments. */
export type PlainName = Exclude<Table, 'postings'>;
export const PLAIN_NAMES = (Object.keys(TABLES) as Table[]).filter((name) => name !== 'postings');

/** A table that is read through one connection. */
export interface RowTable {
  /** Must be called at the beginning of each transaction. */
  refresh(): void;
  /** The value of a key; null if there is none. */
  get(key: Uint8Array): Uint8Array | null;
  /** The rows of a range in ascending or descending key order, read as they are asked for. */
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

/** A table whose keys are written in ascending order. */
export class PlainTable implements RowTable {
  readonly #name: PlainName;
  readonly #get: StatementSync;
  readonly #scan: StatementSync;
  readonly #scanReverse: StatementSync;

  constructor(db: DatabaseSync, name: PlainName) {
    // No LIMIT: SQLite reads a bound limit when it plans, so it would plan again for each scan.
    const range = `SELECT key, value FROM ${name} WHERE key BETWEEN ? AND ? ORDER BY key`;
    this.#name = name;
    this.#get = db.prepare(`SELECT value FROM ${name} WHERE key = ?`);
    this.#scan = db.prepare(range);
    this.#scanReverse = db.prepare(`${range} DESC`);
    for (const statement of [this.#get, this.#scan, this.#scanReverse]) {
      statement.setReturnArrays(true);
      if (hasRowids(name)) statement.setReadBigInts(true);
    }
  }

  refresh(): void {}

  get(key: Uint8Array): Uint8Array | null {
    const row = this.#get.get(toSql(this.#name, key)) as [unknown] | undefined;
    return row === undefined ? null : columnValue(row[0]);
  }

  *scan({ min, max }: KeyRange, reverse: boolean): Iterable<Row> {
    const statement = reverse ? this.#scanReverse : this.#scan;
    for (const row of statement.iterate(toSql(this.#name, min), toSql(this.#name, max))) {
      const [key, value] = row as unknown as [unknown, unknown];
      yield { key: typeof key === 'bigint' ? fromSql(key) : blobIn(key), value: columnValue(value) };
    }
  }
}

/** Rows of one statement: enough that the cost of starting it, about that of a row, does not matter. */
const ROWS = 16;

/** Writes rows, in key order so that the tree is walked once. An existing key is left as it is. */
export class Inserter {
  readonly #table: Table;
  readonly #one: StatementSync;
  readonly #many: StatementSync;
  readonly #values: SQLInputValue[] = new Array(2 * ROWS);

  /** @param name of the table in the file; for postings that of a segment */
  constructor(db: DatabaseSync, table: Table, name: string) {
    const insert = `INSERT OR IGNORE INTO ${name} (key, value) VALUES`;
    this.#table = table;
    this.#one = db.prepare(`${insert} (?, ?)`);
    this.#many = db.prepare(`${insert} ${Array(ROWS).fill('(?, ?)').join(', ')}`);
  }

  /** @returns how many of the rows were new */
  insert(rows: PackedRows): number {
    const count = rows.order.length;
    let place = 0;
    let added = 0;
    for (; place + ROWS <= count; place += ROWS) {
      for (let i = 0; i < ROWS; i++) this.#bind(rows, place + i, 2 * i);
      added += Number(this.#many.run(...this.#values).changes);
    }
    for (; place < count; place++) {
      this.#bind(rows, place, 0);
      added += Number(this.#one.run(this.#values[0]!, this.#values[1]!).changes);
    }
    return added;
  }

  #bind(rows: PackedRows, place: number, at: number): void {
    const { key, value } = storedRowAt(rows, place);
    this.#values[at] = toSql(this.#table, key);
    this.#values[at + 1] = value;
  }
}

/** A key as it is bound. Positions of transactions are SQLite's 64-bit row ids, so rows of any size are appended in order. */
type SqlKey = Uint8Array | bigint;

export function hasRowids(table: Table): boolean {
  return table === 'transactions';
}

export function toSql(table: Table, key: Uint8Array): SqlKey {
  if (!hasRowids(table)) return key;
  return new DataView(key.buffer, key.byteOffset, key.length).getBigInt64(0);
}

function fromSql(key: SqlKey): Uint8Array {
  if (typeof key !== 'bigint') return key;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, key);
  return bytes;
}

export const SQLITE_CORRUPT = 11;

/** A column has a type that is never written. Reported with the code that SQLite uses for damage. */
class CorruptRowError extends Error {
  readonly errcode = SQLITE_CORRUPT;
}

const NOTHING = new Uint8Array(0);

/** The value of a row; empty, which fits no checksum, if the column has another type. */
export function columnValue(column: unknown): Uint8Array {
  return column instanceof Uint8Array ? column : NOTHING;
}

/** The bytes in a column. @throws CorruptRowError */
export function blobIn(column: unknown): Uint8Array {
  if (column instanceof Uint8Array) return column;
  throw new CorruptRowError('a column does not have bytes');
}

/** The whole number in a column. @throws CorruptRowError */
export function integerIn(column: unknown): number {
  if (Number.isSafeInteger(column)) return column as number;
  throw new CorruptRowError('a column does not have a whole number');
}
