import { compareBytes } from '../chain/bytes.ts';
import { valueIn } from './checksum.ts';
import { damagedRecord, damagedState } from './errors.ts';
import { blockKey, MAX_FORK, MAX_HEIGHT } from './position.ts';
import {
  type Batch,
  type JointReadOptions,
  type KeyRange,
  type LookUp,
  type Page,
  ReadingStore,
  type ReadOptions,
  type ReadResult,
  type Row,
  type RowStore,
  type StateRecord,
  type Table,
} from './store.ts';

/**
 * Checks the checksum of each row that is read from another store. Rows get their checksums when they are packed
 * (packed-rows.ts).
 */
export class CheckedStore extends ReadingStore implements RowStore {
  readonly #store: RowStore;

  /** @param store returns rows as they are kept, each with its checksum after its value */
  constructor(store: RowStore) {
    super();
    this.#store = store;
  }

  async read(lookUps: readonly LookUp[], options: JointReadOptions = {}): Promise<ReadResult> {
    const { found, state } = await this.#store.read(lookUps, { ...options, onDamage: undefined });
    const checked = found.map(({ values, pages }, i) => {
      const lookUp = lookUps[i]!;
      return {
        values: values.map((stored, k) => this.#value(lookUp.table, lookUp.keys[k]!, stored, options)),
        pages: pages.map((page, k) => this.#page(lookUp, lookUp.ranges[k]!, page, options)),
      };
    });
    return { found: checked, state };
  }

  write(batch: Batch): Promise<Batch> {
    return this.#store.write(batch);
  }

  replace(batch: Batch): Promise<void> {
    return this.#store.replace(batch);
  }

  remove(table: Table, keys: readonly Uint8Array[]): Promise<void> {
    return this.#store.remove(table, keys);
  }

  /** The state is written before any row, so blocks without a state mean that it was lost. */
  async readState(): Promise<StateRecord | null> {
    const record = await this.#store.readState();
    if (record !== null || !(await this.#holdsBlocks())) return record;
    // Another writer may have made both just now.
    const made = await this.#store.readState();
    if (made === null) throw damagedState();
    return made;
  }

  compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean> {
    return this.#store.compareAndSetState(expectedRevision, value);
  }

  now(): Promise<number> {
    return this.#store.now();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #holdsBlocks(): Promise<boolean> {
    const everything = { min: blockKey(0, 0), max: blockKey(MAX_HEIGHT, MAX_FORK) };
    const [page] = await this.#store.scan('blocks', [everything], { limit: 1 });
    return page!.rows.length > 0;
  }

  #value(table: Table, key: Uint8Array, stored: Uint8Array | null, options: ReadOptions): Uint8Array | null {
    if (stored === null) return null;
    return valueIn(key, stored) ?? this.#damaged(table, key, options);
  }

  #page(lookUp: LookUp, range: KeyRange, { rows, more }: Page, options: ReadOptions): Page {
    const checked = { rows: this.#checked(lookUp, rows, range, options), more };
    return options.onDamage === undefined ? checked : { ...checked, end: rows.at(-1)?.key };
  }

  /** A row out of its place is damaged as well, even if its checksum is right. */
  #checked({ table, reverse }: LookUp, rows: readonly Row[], { min, max }: KeyRange, options: ReadOptions): Row[] {
    const checked: Row[] = [];
    const [first, last] = reverse ? [max, min] : [min, max];
    const direction = reverse ? -1 : 1;
    let before = first;
    for (const { key, value: stored } of rows) {
      const isFirst = before === first;
      const order = direction * compareBytes(key, before);
      const isInPlace = (isFirst ? order >= 0 : order > 0) && direction * compareBytes(key, last) <= 0;
      const value = isInPlace ? valueIn(key, stored) : null;
      if (value === null) this.#damaged(table, key, options);
      else {
        checked.push({ key, value });
        before = key;
      }
    }
    return checked;
  }

  #damaged(table: Table, key: Uint8Array, { onDamage }: Pick<ReadOptions, 'onDamage'>): null {
    if (onDamage === undefined) throw damagedRecord(table, key);
    onDamage(table, key);
    return null;
  }
}
