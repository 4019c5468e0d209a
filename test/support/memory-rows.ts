import { setImmediate as turn } from 'node:timers/promises';
import { compareBytes, equalBytes, mapKey } from '../../src/chain/bytes.ts';
import { BitqlError } from '../../src/errors.ts';
import { CheckedStore } from '../../src/store/checked-store.ts';
import type { OnExisting, PageDatabase } from '../../src/store/mongo/paged-transactions.ts';
import { storedRowAt } from '../../src/store/packed-rows.ts';
import {
  type Batch,
  type JointReadOptions,
  type KeyRange,
  type LookUp,
  type LookUpResult,
  type PackedRows,
  type Page,
  ReadingStore,
  type ReadResult,
  type Row,
  type RowStore,
  type StateRecord,
  type Table,
} from '../../src/store/store.ts';
import type { Random } from '../chain/random.ts';

/** Rows of a table that are written between two turns of others. */
const ROWS_AT_ONCE = 7;

/** A database in memory. Several processes can open it, each of which can be killed in the middle of anything. */
export class MemoryDatabase {
  readonly #tables = new Map<Table, MemoryTable>();
  readonly #random: Random;
  state: StateRecord | null = null;

  /** @param random decides when others have a turn */
  constructor(random: Random) {
    this.#random = random;
  }

  open(): { readonly rows: RowStore; kill(): void } {
    const { database, kill } = this.openUnchecked();
    return { rows: new CheckedStore(database), kill };
  }

  openUnchecked(): { readonly database: PageDatabase; kill(): void } {
    const database = new MemoryRows(this);
    return { database, kill: () => void database.close() };
  }

  table(name: Table): MemoryTable {
    if (name === 'postings') throw new Error('no such table: postings');
    const table = this.#tables.get(name) ?? new MemoryTable();
    this.#tables.set(name, table);
    return table;
  }

  /** Lets others go first, or not. */
  async turn(): Promise<void> {
    for (let turns = this.#random.below(3); turns > 0; turns--) await turn();
  }
}

/** Rows as a store keeps them. */
class MemoryTable {
  readonly #rows = new Map<string, Row>();
  #order: Row[] | null = null;

  get(key: Uint8Array): Uint8Array | null {
    return this.#rows.get(mapKey(key))?.value ?? null;
  }

  put(row: Row): void {
    this.#rows.set(mapKey(row.key), row);
    this.#order = null;
  }

  remove(key: Uint8Array): void {
    this.#rows.delete(mapKey(key));
    this.#order = null;
  }

  page({ min, max }: KeyRange, limit: number, reverse: boolean): Page {
    this.#order ??= [...this.#rows.values()].sort((a, b) => compareBytes(a.key, b.key));
    const all = this.#order.filter(({ key }) => compareBytes(min, key) <= 0 && compareBytes(key, max) <= 0);
    const rows = (reverse ? all.reverse() : all).slice(0, limit);
    return { rows, more: rows.length < all.length };
  }
}

/** The database as one process has it. */
class MemoryRows extends ReadingStore implements PageDatabase {
  readonly #database: MemoryDatabase;
  #isClosed = false;

  constructor(database: MemoryDatabase) {
    super();
    this.#database = database;
  }

  async read(lookUps: readonly LookUp[], { withState = false }: JointReadOptions = {}): Promise<ReadResult> {
    const found: LookUpResult[] = [];
    for (const { table: name, keys, ranges, limit, reverse } of lookUps) {
      await this.#turn();
      const table = this.#database.table(name);
      found.push({
        values: keys.map((key) => table.get(key)),
        pages: ranges.map((range) => table.page(range, limit, reverse)),
      });
    }
    await this.#turn();
    return { found, state: withState ? this.#database.state : null };
  }

  async write(batch: Batch, onExisting: OnExisting = () => {}): Promise<Batch> {
    await this.#putAll(batch, (table, row, name) => {
      if (table.get(row.key) === null) table.put(row);
      else onExisting(name, row.key);
    });
    return batch;
  }

  async exchange(name: Table, before: PackedRows, after: PackedRows): Promise<boolean> {
    await this.#turn();
    const { key, value } = storedRowAt(before, 0);
    const table = this.#database.table(name);
    const stored = table.get(key);
    const isAsBefore = stored !== null && equalBytes(stored, value);
    if (isAsBefore) table.put({ key: key.slice(), value: storedRowAt(after, 0).value.slice() });
    await this.#turn();
    return isAsBefore;
  }

  async replace(batch: Batch): Promise<void> {
    await this.#putAll(batch, (table, row) => table.put(row));
  }

  async #putAll(batch: Batch, put: (table: MemoryTable, row: Row, name: Table) => void): Promise<void> {
    for (const [name, rows] of batch) {
      for (let place = 0; place < rows.order.length; place++) {
        if (place % ROWS_AT_ONCE === 0) await this.#turn();
        const { key, value } = storedRowAt(rows, place);
        put(this.#database.table(name), { key: key.slice(), value: value.slice() }, name);
      }
    }
    await this.#turn();
  }

  async remove(table: Table, keys: readonly Uint8Array[]): Promise<void> {
    for (const [i, key] of keys.entries()) {
      if (i % ROWS_AT_ONCE === 0) await this.#turn();
      this.#database.table(table).remove(key);
    }
  }

  async readState(): Promise<StateRecord | null> {
    await this.#turn();
    const { state } = this.#database;
    await this.#turn();
    return state;
  }

  async compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean> {
    await this.#turn();
    const isExpected = (this.#database.state?.revision ?? 0) === expectedRevision;
    if (isExpected) this.#database.state = { revision: expectedRevision + 1, value: value.slice() };
    await this.#turn();
    return isExpected;
  }

  async now(): Promise<number> {
    return Date.now();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  async #turn(): Promise<void> {
    await this.#database.turn();
    if (this.#isClosed) throw new BitqlError('STORE_UNAVAILABLE', 'The process was killed.');
  }
}
