import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { KeyRange, Row } from '../store.ts';
import { blobIn, columnValue } from './columns.ts';
import { fromSql, hasRowids, toSql } from './keys.ts';
import type { RowTable } from './row-table.ts';
import type { PlainName } from './tables.ts';

/** A table whose keys are written in their order. */
export class PlainTable implements RowTable {
  readonly #name: PlainName;
  readonly #get: StatementSync;
  readonly #scan: StatementSync;
  readonly #scanReverse: StatementSync;

  constructor(db: DatabaseSync, name: PlainName) {
    // No LIMIT: SQLite looks at a bound limit when it plans, and so would plan anew for each scan.
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
