import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { storedRowAt } from '../packed-rows.ts';
import {
  type KeyRange,
  PAGE_BYTES,
  type PackedRows,
  type Page,
  type Row,
  TABLES,
  TABLES_OF_RUNS,
  type Table,
} from '../store.ts';

/** The tables that the file has for rows: postings are in `runPages`, and transactions are kept one by one. */
export const FILE_TABLES = (Object.keys(TABLES) as Table[]).filter(
  (name) => !TABLES_OF_RUNS.has(name) && name !== 'transactionPages',
);

/** The SQL that makes a table. */
export function creationOf(name: Table): string {
  if (hasRowidKeys(name)) return `CREATE TABLE ${name} (key INTEGER PRIMARY KEY, value BLOB NOT NULL)`;
  const table = `CREATE TABLE ${name} (key BLOB PRIMARY KEY, value BLOB NOT NULL)`;
  // Only a table with row ids keeps a value of 8 KB in one page of the file. Without them a row is found in one tree
  // instead of two, but from a quarter of a page on, the rest of it is in further pages, which hold nothing else.
  return name === 'runPages' ? table : `${table} WITHOUT ROWID`;
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

/** Reads a table through one connection. */
export class TableReader {
  readonly #name: Table;
  readonly #get: StatementSync;
  readonly #scan: StatementSync;
  readonly #scanReverse: StatementSync;

  constructor(db: DatabaseSync, name: Table) {
    // No LIMIT: SQLite reads a bound limit when it plans, so it would plan again for each scan.
    const range = `SELECT key, value FROM ${name} WHERE key BETWEEN ? AND ? ORDER BY key`;
    this.#name = name;
    this.#get = db.prepare(`SELECT value FROM ${name} WHERE key = ?`);
    this.#scan = db.prepare(range);
    this.#scanReverse = db.prepare(`${range} DESC`);
    for (const statement of [this.#get, this.#scan, this.#scanReverse]) {
      statement.setReturnArrays(true);
      if (hasRowidKeys(name)) statement.setReadBigInts(true);
    }
  }

  /** The value of a key; null if there is none. */
  get(key: Uint8Array): Uint8Array | null {
    const row = this.#get.get(toSql(this.#name, key)) as [unknown] | undefined;
    return row === undefined ? null : columnValue(row[0]);
  }

  /** The rows of a range in ascending or descending key order, read as they are asked for. */
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
  readonly #name: Table;
  readonly #one: StatementSync;
  readonly #many: StatementSync;
  readonly #values: SQLInputValue[] = new Array(2 * ROWS);

  constructor(db: DatabaseSync, name: Table) {
    const insert = `INSERT OR IGNORE INTO ${name} (key, value) VALUES`;
    this.#name = name;
    this.#one = db.prepare(`${insert} (?, ?)`);
    this.#many = db.prepare(`${insert} ${Array(ROWS).fill('(?, ?)').join(', ')}`);
  }

  insert(rows: PackedRows): void {
    const count = rows.order.length;
    let place = 0;
    for (; place + ROWS <= count; place += ROWS) {
      for (let i = 0; i < ROWS; i++) this.#bind(rows, place + i, 2 * i);
      this.#many.run(...this.#values);
    }
    for (; place < count; place++) {
      this.#bind(rows, place, 0);
      this.#one.run(this.#values[0]!, this.#values[1]!);
    }
  }

  #bind(rows: PackedRows, place: number, at: number): void {
    const { key, value } = storedRowAt(rows, place);
    this.#values[at] = toSql(this.#name, key);
    this.#values[at + 1] = value;
  }
}

/** A key as it is bound. Positions of transactions are SQLite's 64-bit row ids, so rows of any size are appended in order. */
type SqlKey = Uint8Array | bigint;

function hasRowidKeys(table: Table): boolean {
  return table === 'transactions';
}

export function toSql(table: Table, key: Uint8Array): SqlKey {
  if (!hasRowidKeys(table)) return key;
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
