import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { rowsOf } from '../packed-rows.ts';
import type { Batch, Table } from '../store.ts';
import { openToWrite, transaction } from './connection.ts';
import { Inserter, toSql } from './tables.ts';
import { WriteAheadLog } from './wal.ts';

/** The writing half of the store, with its own connection. It is synchronous, so it runs in a worker thread. */
export class Writer {
  readonly #db: DatabaseSync;
  readonly #log: WriteAheadLog;
  readonly #inserters = new Map<Table, Inserter>();
  readonly #firstState: StatementSync;
  readonly #nextState: StatementSync;

  constructor(file: string, cacheMiB: number) {
    this.#db = openToWrite(file, cacheMiB);
    this.#log = new WriteAheadLog(this.#db, file);
    this.#firstState = this.#db.prepare('INSERT OR IGNORE INTO state (id, value, revision) VALUES (0, ?, ? + 1)');
    this.#nextState = this.#db.prepare(
      'UPDATE state SET value = ?, revision = revision + 1 WHERE id = 0 AND revision = ?',
    );
  }

  write(batch: Batch): void {
    this.#transaction(() => this.#insert(batch));
  }

  replace(batch: Batch): void {
    this.#transaction(() => {
      for (const [table, rows] of batch) {
        this.#delete(
          table,
          rowsOf(rows).map(({ key }) => key),
        );
      }
      this.#insert(batch);
    });
  }

  remove(table: Table, keys: readonly Uint8Array[]): void {
    this.#transaction(() => this.#delete(table, keys));
  }

  compareAndSetState(expectedRevision: number, value: Uint8Array): boolean {
    const statement = expectedRevision === 0 ? this.#firstState : this.#nextState;
    return statement.run(value, expectedRevision).changes === 1;
  }

  close(): void {
    this.#db.close();
  }

  #insert(batch: Batch): void {
    for (const [table, rows] of batch) this.#inserterOf(table).insert(rows);
  }

  /** Prepared when it is first used: a file of an earlier version lacks some tables. */
  #inserterOf(table: Table): Inserter {
    const known = this.#inserters.get(table);
    if (known !== undefined) return known;
    const inserter = new Inserter(this.#db, table);
    this.#inserters.set(table, inserter);
    return inserter;
  }

  #delete(table: Table, keys: readonly Uint8Array[]): void {
    const statement = this.#db.prepare(`DELETE FROM ${table} WHERE key = ?`);
    for (const key of keys) statement.run(toSql(table, key));
  }

  #transaction(run: () => void): void {
    try {
      transaction(this.#db, run);
    } finally {
      this.#log.bound();
    }
  }
}
