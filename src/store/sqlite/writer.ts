import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { rowsOf } from '../packed-rows.ts';
import type { Batch, Table } from '../store.ts';
import { openToWrite, transaction } from './connection.ts';
import { Catalogue, type SegmentOptions, tableOf } from './segments/catalogue.ts';
import { Debt, Merger, SliceSize } from './segments/merger.ts';
import { OpenSegment } from './segments/segmented-table.ts';
import { Inserter, PLAIN_NAMES, type PlainName, toSql } from './tables.ts';
import { WriteAheadLog } from './wal.ts';

/** The writing half of the store, with its own connection. It is synchronous, so it runs in a worker thread. */
export class Writer {
  readonly #db: DatabaseSync;
  readonly #log: WriteAheadLog;
  readonly #inserters: Readonly<Record<PlainName, Inserter>>;
  readonly #catalogue: Catalogue;
  readonly #postings: OpenSegment;
  readonly #merger: Merger;
  readonly #slice: SliceSize;
  readonly #debt = new Debt();
  readonly #firstState: StatementSync;
  readonly #nextState: StatementSync;

  constructor(file: string, cacheMiB: number, segments: SegmentOptions) {
    this.#db = openToWrite(file, cacheMiB);
    this.#log = new WriteAheadLog(this.#db, file);
    this.#inserters = Object.fromEntries(
      PLAIN_NAMES.map((name) => [name, new Inserter(this.#db, name, name)]),
    ) as Record<PlainName, Inserter>;
    this.#catalogue = new Catalogue(this.#db);
    this.#postings = new OpenSegment(this.#db, this.#catalogue, segments.rows);
    this.#merger = new Merger(this.#db, this.#catalogue, segments.fanout);
    this.#slice = new SliceSize(segments.sliceRows);
    this.#firstState = this.#db.prepare('INSERT OR IGNORE INTO state (id, value, revision) VALUES (0, ?, ? + 1)');
    this.#nextState = this.#db.prepare(
      'UPDATE state SET value = ?, revision = revision + 1 WHERE id = 0 AND revision = ?',
    );
  }

  /** Whether merging has fallen behind, so that it goes before the next write. */
  get owesMerging(): boolean {
    return this.#debt.isOwed;
  }

  write(batch: Batch): void {
    this.#transaction(() => this.#insert(batch));
    this.#debt.wrote(batch.get('postings')?.order.length ?? 0, this.#catalogue.segments);
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

  /** Merges for some tens of milliseconds. False if nothing is left to merge. */
  merge(): boolean {
    const start = performance.now();
    const moved = this.#transaction(() => this.#merger.slice(this.#slice.rows));
    if (moved === null) {
      this.#debt.settle();
      return false;
    }
    this.#debt.moved(moved);
    this.#slice.took(performance.now() - start);
    return true;
  }

  /** Stops merging until the next write, for example after a failure. */
  giveUpMerging(): void {
    this.#debt.settle();
  }

  close(): void {
    this.#db.close();
  }

  #insert(batch: Batch): void {
    for (const [table, rows] of batch) {
      if (table === 'postings') this.#postings.insert(rows);
      else this.#inserters[table].insert(rows);
    }
  }

  /** Deletes rows. A posting may be in several segments. */
  #delete(table: Table, keys: readonly Uint8Array[]): void {
    const names = table === 'postings' ? this.#catalogue.segments.map(({ id }) => tableOf(id)) : [table];
    for (const name of names) {
      const statement = this.#db.prepare(`DELETE FROM ${name} WHERE key = ?`);
      for (const key of keys) statement.run(toSql(table, key));
    }
  }

  #transaction<T>(run: () => T): T {
    try {
      return transaction(this.#db, () => {
        this.#catalogue.refresh();
        return run();
      });
    } catch (error) {
      this.#catalogue.forget();
      throw error;
    } finally {
      this.#log.bound();
    }
  }
}
