import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { storedRowAt } from '../packed-rows.ts';
import type { PackedRows, Table } from '../store.ts';
import { toSql } from './keys.ts';

/** Rows of one statement: enough that its start, which costs as much as a row, no longer counts. */
const ROWS = 16;

/** Writes rows, in key order so that the tree is walked once. A key that is there already is left as it is. */
export class Inserter {
  readonly #table: Table;
  readonly #one: StatementSync;
  readonly #many: StatementSync;
  readonly #values: SQLInputValue[] = new Array(2 * ROWS);

  /** @param name of the table in the file, which for postings is a segment's */
  constructor(db: DatabaseSync, table: Table, name: string) {
    const insert = `INSERT OR IGNORE INTO ${name} (key, value) VALUES`;
    this.#table = table;
    this.#one = db.prepare(`${insert} (?, ?)`);
    this.#many = db.prepare(`${insert} ${Array(ROWS).fill('(?, ?)').join(', ')}`);
  }

  /** @returns how many of the rows were not there */
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
