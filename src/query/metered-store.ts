import type { KeyRange, Page, ReadOptions, ReadStore, ScanOptions, StateRecord, Table } from '../store/store.ts';
import type { Work } from './work.ts';

/* What reading costs, in points: about as many microseconds of processor, of gateway and store together. */
const POINTS_OF_KEY = 5;
const POINTS_OF_RANGE = 10;
const POINTS_OF_ROW = 1;
/** A row is taken apart, hashed and held against filters by its bytes. */
const BYTES_OF_POINT = 512;

/** What it costs to read one row by its key. */
export function pointsOfRow(bytes: number): number {
  return POINTS_OF_KEY + Math.floor(bytes / BYTES_OF_POINT);
}

/** A store whose reads are counted as work: keys and ranges before they are looked for, rows as they are found. */
export class MeteredStore implements ReadStore {
  readonly #store: ReadStore;
  readonly #work: Work;

  constructor(store: ReadStore, work: Work) {
    this.#store = store;
    this.#work = work;
  }

  async get(table: Table, keys: readonly Uint8Array[], options?: ReadOptions): Promise<(Uint8Array | null)[]> {
    this.#work.add(keys.length * POINTS_OF_KEY);
    const values = await this.#store.get(table, keys, { ...options, isPatient: this.#work.isPatient });
    let bytes = 0;
    for (const value of values) bytes += value?.length ?? 0;
    this.#found(0, bytes);
    return values;
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    this.#work.add(ranges.length * POINTS_OF_RANGE);
    const pages = await this.#store.scan(table, ranges, { ...options, isPatient: this.#work.isPatient });
    let rows = 0;
    let bytes = 0;
    for (const page of pages) {
      rows += page.rows.length;
      for (const { value } of page.rows) bytes += value.length;
    }
    this.#found(rows, bytes);
    return pages;
  }

  readState(): Promise<StateRecord | null> {
    return this.#store.readState();
  }

  #found(rows: number, bytes: number): void {
    this.#work.add(rows * POINTS_OF_ROW + Math.floor(bytes / BYTES_OF_POINT));
    this.#work.hold(bytes);
  }
}
