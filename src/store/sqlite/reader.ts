import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LookUp, LookUpResult, ReadResult, StateRecord, Table } from '../store.ts';
import { limitCache, openConnection, snapshot } from './connection.ts';
import { SegmentedTable } from './segments/segmented-table.ts';
import { blobIn, integerIn, PLAIN_NAMES, PlainTable, type RowTable, readPage } from './tables.ts';

/** The reading half of the store, with its own connection. It is synchronous, so it runs in a worker thread. */
export class Reader {
  readonly #db: DatabaseSync;
  readonly #tables: Readonly<Record<Table, RowTable>>;
  readonly #state: StatementSync;

  constructor(file: string, cacheMiB: number) {
    this.#db = openConnection(file, cacheMiB);
    const plain = PLAIN_NAMES.map((name) => [name, new PlainTable(this.#db, name)]);
    this.#tables = { ...Object.fromEntries(plain), postings: new SegmentedTable(this.#db) };
    this.#state = this.#db.prepare('SELECT revision, value FROM state WHERE id = 0');
  }

  /** Reads in one transaction, so that segments cannot disappear meanwhile and the page cache is validated only once. */
  read(lookUps: readonly LookUp[], withState = false): ReadResult {
    return snapshot(this.#db, () => ({
      found: lookUps.map((lookUp) => this.#find(lookUp)),
      state: withState ? this.readState() : null,
    }));
  }

  readState(): StateRecord | null {
    const row = this.#state.get();
    return row === undefined ? null : { revision: integerIn(row.revision), value: blobIn(row.value) };
  }

  limitCache(cacheMiB: number): void {
    limitCache(this.#db, cacheMiB);
  }

  close(): void {
    this.#db.close();
  }

  #find({ table, keys, ranges, limit, reverse }: LookUp): LookUpResult {
    const rows = this.#tables[table];
    rows.refresh();
    return {
      values: keys.map((key) => rows.get(key)),
      pages: ranges.map((range) => readPage(rows.scan(range, reverse), limit)),
    };
  }
}
