import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  type Batch,
  type KeyRange,
  PAGE_BYTES,
  type Page,
  type Row,
  type ScanOptions,
  type StateRecord,
  TABLES,
  type Table,
} from '../store.ts';

/** How keys of a table are bound: positions are SQLite's own 64-bit row ids, so rows of any size append in order. */
type KeyValue = Uint8Array | bigint;

const ROWID_TABLES: ReadonlySet<Table> = new Set(['transactions']);

interface Statements {
  readonly get: StatementSync;
  readonly scan: StatementSync;
  readonly scanReverse: StatementSync;
  readonly insert: StatementSync;
}

interface StoredRow {
  key: KeyValue;
  value: Uint8Array;
}

export interface DatabaseOptions {
  /** Page cache in MiB. */
  readonly cacheMiB: number;
}

/** The store's operations on one SQLite file, synchronous: it belongs in a worker thread. */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements: Readonly<Record<Table, Statements>>;

  constructor(file: string, options: DatabaseOptions) {
    this.#db = new DatabaseSync(file, { timeout: 10_000 });
    this.#db.exec(`
      PRAGMA page_size = 8192;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA cache_size = ${-options.cacheMiB * 1024};
      CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, value BLOB NOT NULL);
    `);
    const names = Object.keys(TABLES) as Table[];
    this.#statements = Object.fromEntries(names.map((table) => [table, this.#prepare(table)])) as Record<
      Table,
      Statements
    >;
  }

  get(table: Table, keys: readonly Uint8Array[]): (Uint8Array | null)[] {
    const { get } = this.#statements[table];
    return keys.map((key) => (get.get(toSql(table, key)) as StoredRow | undefined)?.value ?? null);
  }

  scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Page[] {
    return ranges.map((range) => this.#scanRange(table, range, options));
  }

  /** One transaction, in key order within each table so that the tree is walked once. */
  write(batch: Batch): void {
    this.#transaction(() => {
      for (const [table, rows] of batch) {
        const { insert } = this.#statements[table];
        for (const { key, value } of rows) insert.run(toSql(table, key), value);
      }
    });
  }

  readState(): StateRecord | null {
    const row = this.#db.prepare('SELECT revision, value FROM state WHERE id = 0').get();
    return row === undefined ? null : (row as unknown as StateRecord);
  }

  compareAndSetState(expectedRevision: number, value: Uint8Array): boolean {
    const statement =
      expectedRevision === 0
        ? this.#db.prepare('INSERT OR IGNORE INTO state (id, value, revision) VALUES (0, ?, ? + 1)')
        : this.#db.prepare('UPDATE state SET value = ?, revision = revision + 1 WHERE id = 0 AND revision = ?');
    return statement.run(value, expectedRevision).changes === 1;
  }

  close(): void {
    this.#db.close();
  }

  #prepare(table: Table): Statements {
    const rowid = ROWID_TABLES.has(table);
    this.#db.exec(
      rowid
        ? `CREATE TABLE IF NOT EXISTS ${table} (key INTEGER PRIMARY KEY, value BLOB NOT NULL)`
        : `CREATE TABLE IF NOT EXISTS ${table} (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID`,
    );
    const range = `SELECT key, value FROM ${table} WHERE key BETWEEN ? AND ? ORDER BY key`;
    const statements = {
      get: this.#db.prepare(`SELECT value FROM ${table} WHERE key = ?`),
      scan: this.#db.prepare(`${range} LIMIT ?`),
      scanReverse: this.#db.prepare(`${range} DESC LIMIT ?`),
      insert: this.#db.prepare(`INSERT OR IGNORE INTO ${table} (key, value) VALUES (?, ?)`),
    };
    if (rowid) for (const scan of [statements.scan, statements.scanReverse]) scan.setReadBigInts(true);
    return statements;
  }

  #scanRange(table: Table, { min, max }: KeyRange, { limit, reverse }: ScanOptions): Page {
    const statement = this.#statements[table][reverse ? 'scanReverse' : 'scan'];
    const rows: Row[] = [];
    let bytes = 0;
    // One row more than asked for tells whether there are more.
    for (const row of statement.iterate(toSql(table, min), toSql(table, max), limit + 1)) {
      const { key, value } = row as unknown as StoredRow;
      if (rows.length === limit || (bytes + value.length > PAGE_BYTES && rows.length > 0)) return { rows, more: true };
      bytes += value.length;
      rows.push({ key: fromSql(key), value });
    }
    return { rows, more: false };
  }

  #transaction(run: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      run();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }
}

function toSql(table: Table, key: Uint8Array): KeyValue {
  if (!ROWID_TABLES.has(table)) return key;
  return new DataView(key.buffer, key.byteOffset, key.length).getBigInt64(0);
}

function fromSql(key: KeyValue): Uint8Array {
  if (typeof key !== 'bigint') return key;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, key);
  return bytes;
}
