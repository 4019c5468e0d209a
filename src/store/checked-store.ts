import { compareBytes } from '../chain/bytes.ts';
import { valueIn } from './checksum.ts';
import { damagedRecord, damagedState } from './damage.ts';
import { blockKey, MAX_FORK, MAX_HEIGHT } from './position.ts';
import type { Batch, ChainStore, KeyRange, Page, ReadOptions, Row, ScanOptions, StateRecord, Table } from './store.ts';

/**
 * A store whose rows are held against their checksums whenever they are read, whatever they are kept in. They get them
 * when they are packed (packed-rows.ts).
 */
export class CheckedStore implements ChainStore {
  readonly #store: ChainStore;

  /** @param store gives rows as they are kept, each with its checksum behind its value */
  constructor(store: ChainStore) {
    this.#store = store;
  }

  async get(table: Table, keys: readonly Uint8Array[], options?: ReadOptions): Promise<(Uint8Array | null)[]> {
    const values = await this.#store.get(table, keys, plain(options));
    return values.map((stored, i) => {
      if (stored === null) return null;
      const value = valueIn(keys[i]!, stored);
      return value ?? this.#damaged(table, keys[i]!, options);
    });
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    const pages = await this.#store.scan(table, ranges, plain(options));
    return pages.map(({ rows, more }, i) => {
      const checked = { rows: this.#checked(table, rows, ranges[i]!, options), more };
      return options.onDamage === undefined ? checked : { ...checked, end: rows.at(-1)?.key };
    });
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

  /** It is written before any row: rows without one mean that it was lost. */
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

  /** A row that stands where it does not belong is damaged as well, whatever its checksum says. */
  #checked(table: Table, rows: readonly Row[], { min, max }: KeyRange, options: ScanOptions): Row[] {
    const checked: Row[] = [];
    const [first, last] = options.reverse ? [max, min] : [min, max];
    const direction = options.reverse ? -1 : 1;
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

  #damaged(table: Table, key: Uint8Array, { onDamage }: Pick<ReadOptions, 'onDamage'> = {}): null {
    if (onDamage === undefined) throw damagedRecord(table, key);
    onDamage(table, key);
    return null;
  }
}

/** What the store itself is to know. */
function plain<O extends ReadOptions>(options: O): O;
function plain<O extends ReadOptions>(options: O | undefined): O | undefined;
function plain<O extends ReadOptions>(options: O | undefined): O | undefined {
  return options === undefined ? undefined : { ...options, onDamage: undefined };
}
