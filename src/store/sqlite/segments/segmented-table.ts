import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { equalBytes } from '../../../chain/bytes.ts';
import type { KeyRange, PackedRows, Row } from '../../store.ts';
import { blobIn, columnValue, Inserter, type RowTable } from '../tables.ts';
import { addSegment, Catalogue, getSql, scanSql, tableOf } from './catalogue.ts';

interface SegmentStatements {
  readonly get: StatementSync;
  readonly scan: StatementSync;
  readonly scanReverse: StatementSync;
}

/** Reads all segments as one ordered table, in which each key occurs once. */
export class SegmentedTable implements RowTable {
  readonly #db: DatabaseSync;
  readonly #catalogue: Catalogue;
  #statements: SegmentStatements | null = null;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#catalogue = new Catalogue(db);
  }

  refresh(): void {
    if (this.#catalogue.refresh()) this.#statements = null;
  }

  get(key: Uint8Array): Uint8Array | null {
    const row = this.#prepared().get.get(key) as [unknown] | undefined;
    return row === undefined ? null : columnValue(row[0]);
  }

  *scan({ min, max }: KeyRange, reverse: boolean): Iterable<Row> {
    const statement = this.#prepared()[reverse ? 'scanReverse' : 'scan'];
    let last: Uint8Array | null = null;
    for (const row of statement.iterate(min, max)) {
      const [column, value] = row as unknown as [unknown, unknown];
      const key = blobIn(column);
      // The first of repeated rows counts, as in the other tables.
      if (last !== null && equalBytes(last, key)) continue;
      last = key;
      yield { key, value: columnValue(value) };
    }
  }

  #prepared(): SegmentStatements {
    this.#statements ??= this.#prepare(this.#catalogue.segments.map(({ id }) => id));
    return this.#statements;
  }

  #prepare(ids: readonly number[]): SegmentStatements {
    const statements = {
      get: this.#db.prepare(getSql(ids)),
      scan: this.#db.prepare(scanSql(ids, false)),
      scanReverse: this.#db.prepare(scanSql(ids, true)),
    };
    for (const statement of Object.values(statements)) statement.setReturnArrays(true);
    return statements;
  }
}

/** Writes rows to the open segment, and opens the next one when it is large enough. */
export class OpenSegment {
  readonly #db: DatabaseSync;
  readonly #catalogue: Catalogue;
  readonly #maxRows: number;
  readonly #count: StatementSync;
  readonly #close: StatementSync;
  #inserter: Inserter | null = null;
  #insertsInto = 0;

  constructor(db: DatabaseSync, catalogue: Catalogue, maxRows: number) {
    this.#db = db;
    this.#catalogue = catalogue;
    this.#maxRows = maxRows;
    this.#count = db.prepare('UPDATE segments SET rows = rows + ? WHERE id = ? RETURNING rows');
    this.#close = db.prepare(`UPDATE segments SET state = 'closed' WHERE id = ?`);
  }

  /** Must be called within a transaction, after a refresh of the catalogue. */
  insert(rows: PackedRows): void {
    const { id } = this.#catalogue.segments.find(({ state }) => state === 'open')!;
    const added = this.#inserterOf(id).insert(rows);
    const { rows: total } = this.#count.get(added, id) as { rows: number };
    if (total < this.#maxRows) return;
    this.#close.run(id);
    addSegment(this.#db, { level: 0, state: 'open' });
    this.#catalogue.refresh();
  }

  #inserterOf(id: number): Inserter {
    if (this.#inserter === null || this.#insertsInto !== id) {
      this.#inserter = new Inserter(this.#db, 'postings', tableOf(id));
      this.#insertsInto = id;
    }
    return this.#inserter;
  }
}
