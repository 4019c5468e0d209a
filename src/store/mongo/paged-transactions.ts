import { compareBytes, equalBytes, mapKey } from '../../chain/bytes.ts';
import { CheckedStore } from '../checked-store.ts';
import { packRows, RowPacker, rowsOf } from '../packed-rows.ts';
import {
  type Batch,
  type JointReadOptions,
  type LookUp,
  type PackedRows,
  ReadingStore,
  type ReadResult,
  type Row,
  type RowStore,
  type StateRecord,
  type Table,
} from '../store.ts';
import { chunksOf } from './documents.ts';
import { PagedLookUp } from './paged-look-up.ts';
import { packTransactions, pageAt, unpackTransactions } from './transaction-page.ts';

const NOTHING = new Uint8Array(0);
/** Pages that are read together to change them. */
const PAGES_AT_ONCE = 64;

/** Receives the keys of rows that existed, and so are left as they are. */
export type OnExisting = (table: Table, key: Uint8Array) => void;

/** A database that tells which rows it had, and that changes a row if it is still as it was read. */
export interface PageDatabase extends RowStore {
  write(batch: Batch, onExisting?: OnExisting): Promise<Batch>;

  /**
   * Replaces a row if it is still as it was.
   * @param before the row with its checksum, as it is stored
   * @returns whether it was
   */
  exchange(table: Table, before: PackedRows, after: PackedRows): Promise<boolean>;
}

/**
 * Keeps transactions that follow each other in a block in one row, compressed: such rows take less room and less work than a row for each. Rows of
 * one page may be written one after the other, by several writers; a page receives those that it lacks.
 */
export class PagedTransactions extends ReadingStore implements RowStore {
  readonly #database: PageDatabase;
  readonly #checked: RowStore;
  #spare: PackedRows | undefined;

  constructor(database: PageDatabase) {
    super();
    this.#database = database;
    this.#checked = new CheckedStore(database);
  }

  /**
   * Reads further pages, if the first ones have too few rows, after all else: rows of transactions only ever come, so this is as good as
   * having read them in time.
   */
  async read(lookUps: readonly LookUp[], options: JointReadOptions = {}): Promise<ReadResult> {
    const readings = lookUps.map((lookUp) =>
      lookUp.table === 'transactions' ? new PagedLookUp(lookUp, options) : null,
    );
    const first = await this.#checked.read(
      lookUps.map((lookUp, i) => readings[i]?.next() ?? lookUp),
      options,
    );
    for (const [i, result] of first.found.entries()) readings[i]?.take(result);
    for (const reading of readings) if (reading !== null) await this.#finish(reading, { ...options, withState: false });
    return { found: first.found.map((result, i) => readings[i]?.result ?? result), state: first.state };
  }

  /** The memory of the batch is not needed any more when this resolves, so it is all returned. */
  async write(batch: Batch): Promise<Batch> {
    const rows = batch.get('transactions');
    if (rows === undefined) return this.#database.write(batch);
    const pages = packPages(rowsOf(rows), this.#spare);
    this.#spare = undefined;
    const met: Uint8Array[] = [];
    const onExisting: OnExisting = (table, key) => {
      if (table === 'transactionPages') met.push(key);
    };
    const written = await this.#database.write(new Map([...othersIn(batch), ['transactionPages', pages]]), onExisting);
    await this.#join(rows, met);
    this.#spare = written.get('transactionPages');
    return new Map([...othersIn(written), ['transactions', rows]]);
  }

  async replace(batch: Batch): Promise<void> {
    const others = othersIn(batch);
    if (others.length > 0) await this.#database.replace(new Map(others));
    const rows = batch.get('transactions');
    if (rows === undefined) return;
    for (const pages of chunksOf(pagesOf(rowsOf(rows)), PAGES_AT_ONCE)) {
      await this.#change(pages, (before, own) => joined(own, before));
    }
  }

  async remove(table: Table, keys: readonly Uint8Array[]): Promise<void> {
    if (table !== 'transactions') return this.#database.remove(table, keys);
    const removed = packRows(keys.map((key) => ({ key, value: NOTHING })));
    for (const pages of chunksOf(pagesOf(rowsOf(removed)), PAGES_AT_ONCE)) await this.#change(pages, without);
  }

  readState(): Promise<StateRecord | null> {
    return this.#checked.readState();
  }

  compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean> {
    return this.#database.compareAndSetState(expectedRevision, value);
  }

  now(): Promise<number> {
    return this.#database.now();
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #finish(reading: PagedLookUp, options: JointReadOptions): Promise<void> {
    while (!reading.isDone) {
      const { found } = await this.#checked.read([reading.next()], options);
      reading.take(found[0]!);
    }
  }

  /** Adds rows to pages that were there already, if these lack them. A damaged page stays as it is, as a damaged row does. */
  async #join(rows: PackedRows, met: readonly Uint8Array[]): Promise<void> {
    if (met.length === 0) return;
    const names = new Set(met.map(mapKey));
    let left = pagesOf(rowsOf(rows)).filter(({ key }) => names.has(mapKey(key)));
    while (left.length > 0) {
      const refused: PageRows[] = [];
      for (const pages of chunksOf(left, PAGES_AT_ONCE)) refused.push(...(await this.#joinOnce(pages)));
      left = refused;
    }
  }

  /** @returns the pages that another writer has changed meanwhile */
  async #joinOnce(pages: readonly PageRows[]): Promise<PageRows[]> {
    const refused: PageRows[] = [];
    for (const [i, value] of (await this.#pages(pages)).entries()) {
      const { key, rows } = pages[i]!;
      const before = value === null ? null : readable({ key, value });
      if (before === null || without(rows, before).length === 0) continue;
      const after = { key, value: packTransactions(joined(before, rows)) };
      const isDone = await this.#database.exchange(
        'transactionPages',
        packRows([{ key, value: value! }]),
        packRows([after]),
      );
      if (!isDone) refused.push(pages[i]!);
    }
    return refused;
  }

  /** Changes pages, of which damaged ones have no rows. */
  async #change(
    pages: readonly PageRows[],
    change: (before: readonly Row[], own: readonly Row[]) => Row[],
  ): Promise<void> {
    const changed: Row[] = [];
    const emptied: Uint8Array[] = [];
    for (const [i, value] of (await this.#pages(pages)).entries()) {
      const { key, rows } = pages[i]!;
      const after = change((value === null ? null : readable({ key, value })) ?? [], rows);
      if (after.length === 0) emptied.push(key);
      else changed.push({ key, value: packTransactions(after) });
    }
    if (changed.length > 0) await this.#database.replace(new Map([['transactionPages', packRows(changed)]]));
    await this.#database.remove('transactionPages', emptied);
  }

  /** The values of pages; null for one that is missing or damaged. */
  #pages(pages: readonly PageRows[]): Promise<(Uint8Array | null)[]> {
    return this.#checked.get(
      'transactionPages',
      pages.map(({ key }) => key),
      { onDamage: () => {} },
    );
  }
}

/** Some rows of one page, in key order. */
interface PageRows {
  readonly key: Uint8Array;
  readonly rows: readonly Row[];
}

/** Rows, which are in key order, by their pages. */
function pagesOf(rows: readonly Row[]): PageRows[] {
  const pages: { key: Uint8Array; rows: Row[] }[] = [];
  for (const row of rows) {
    const last = pages.at(-1);
    const key = pageAt(row.key);
    if (last !== undefined && equalBytes(last.key, key)) last.rows.push(row);
    else pages.push({ key, rows: [row] });
  }
  return pages;
}

function packPages(rows: readonly Row[], spare: PackedRows | undefined): PackedRows {
  const packer = new RowPacker(spare);
  for (const page of pagesOf(rows)) packer.add({ key: page.key, value: packTransactions(page.rows) });
  return packer.finish();
}

/** All rows in key order. Of two with the same key the one of the former rows. */
function joined(former: readonly Row[], latter: readonly Row[]): Row[] {
  return [...former, ...without(latter, former)].sort((a, b) => compareBytes(a.key, b.key));
}

/** The rows whose keys no other row has. */
function without(rows: readonly Row[], others: readonly Row[]): Row[] {
  const keys = new Set(others.map(({ key }) => mapKey(key)));
  return rows.filter(({ key }) => !keys.has(mapKey(key)));
}

/** The rows of a page; null if it cannot be read. */
function readable(page: Row): Row[] | null {
  try {
    return unpackTransactions(page);
  } catch {
    return null;
  }
}

function othersIn(batch: Batch): (readonly [Table, PackedRows])[] {
  return [...batch].filter(([table]) => table !== 'transactions' && table !== 'transactionPages');
}
