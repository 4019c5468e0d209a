import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PackedRows } from '../../store.ts';
import { Inserter } from '../inserter.ts';
import { addSegment, type Catalogue, tableOf } from './catalogue.ts';

/** Takes the rows that are written: the youngest segment, and when that is large enough the next. */
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

  /** Within a transaction, behind a refresh of the catalogue. */
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
