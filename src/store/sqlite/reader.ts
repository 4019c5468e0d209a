import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LookUp, LookUpResult, ReadResult, StateRecord, Table } from '../store.ts';
import { limitCache, openConnection, snapshot } from './connection.ts';
import { blobIn, integerIn, readPage, TableReader } from './tables.ts';

/** The reading half of the store, with its own connection. It is synchronous, so it runs in a worker thread. */
export class Reader {
  readonly #db: DatabaseSync;
  readonly #tables = new Map<Table, TableReader>();
  readonly #state: StatementSync;

  constructor(file: string, cacheMiB: number) {
    this.#db = openConnection(file, cacheMiB);
    this.#state = this.#db.prepare('SELECT revision, value FROM state WHERE id = 0');
  }

  /** Reads in one transaction, so that the page cache is validated only once. */
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
    const rows = this.#tableOf(table);
    return {
      values: keys.map((key) => rows.get(key)),
      pages: ranges.map((range) => readPage(rows.scan(range, reverse), limit)),
    };
  }

  /** Prepared when it is first read: a file of an earlier version, of which only the state is read, lacks some tables. */
  #tableOf(name: Table): TableReader {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const table = new TableReader(this.#db, name);
    this.#tables.set(name, table);
    return table;
  }
}
