import { MalformedBytesError } from '../../src/chain/bytes.ts';
import { BitqlError } from '../../src/errors.ts';
import { DamagedFileError, recordName } from '../../src/store/errors.ts';
import { salvage } from '../../src/store/scan-pages.ts';
import type { KeyRange, ReadStore, Row, Table } from '../../src/store/store.ts';

/** Told of what cannot be read. */
export type OnUnreadable = (what: string, table: Table, key: Uint8Array | null) => void;

/** Rows that are read at once. */
const PAGE = 500;

/** Reads on where something is damaged, and tells of it. */
export class TolerantReader {
  readonly store: ReadStore;
  /** Whether something could not be read since its file is damaged in what holds it together. */
  isFileDamaged = false;

  constructor(store: ReadStore) {
    this.store = store;
  }

  /** The value of a key; null where it is damaged, which is told, or not there, which is not. */
  async value(table: Table, key: Uint8Array, onUnreadable: OnUnreadable): Promise<Uint8Array | null | undefined> {
    let isDamaged = false;
    const onDamage = () => {
      isDamaged = true;
      onUnreadable(`the ${recordName(table, key)} is damaged`, table, key);
    };
    const value = await tolerating(
      async () => (await this.#noting(this.store.get(table, [key], { onDamage })))[0] ?? null,
      (what) => {
        isDamaged = true;
        onUnreadable(what, table, null);
      },
    );
    return isDamaged ? undefined : (value ?? null);
  }

  /** The rows of a range that can be read; in key order unless a file is damaged. */
  rows(table: Table, range: KeyRange, onUnreadable: OnUnreadable): AsyncGenerator<Row[]> {
    return salvage(this.store, table, range, {
      limit: PAGE,
      onDamage: (_, key) => onUnreadable(`the ${recordName(table, key)} is damaged`, table, key),
      onLost: ({ message }) => {
        this.isFileDamaged = true;
        onUnreadable(message, table, null);
      },
    });
  }

  async #noting<T>(read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      if (error instanceof DamagedFileError) this.isFileDamaged = true;
      throw error;
    }
  }
}

/** What the work gives; null where it meets something damaged, which is told. */
export async function tolerating<T>(work: () => T | Promise<T>, onDamaged: (what: string) => void): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    const isDamage =
      error instanceof MalformedBytesError || (error instanceof BitqlError && error.code === 'STORE_DAMAGED');
    if (!isDamage) throw error;
    onDamaged(error.message);
    return null;
  }
}
