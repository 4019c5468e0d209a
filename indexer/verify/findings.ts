import { MalformedBytesError } from '../../src/chain/bytes.ts';
import { BitqlError } from '../../src/errors.ts';
import { DamagedFileError, recordName } from '../../src/store/errors.ts';
import { salvage } from '../../src/store/scan-pages.ts';
import type { HeightRange } from '../../src/store/state.ts';
import type { KeyRange, ReadStore, Row, Table } from '../../src/store/store.ts';

/** Something that is wrong in the index. */
export interface IndexFinding {
  /** Height of the block that it belongs to; null if it belongs to none, like unconfirmed transactions. */
  readonly height: number | null;
  readonly what: string;
}

/** The most findings that are described; of the others, only the heights are kept. */
const MAX_DESCRIBED = 100;

/** Gathers findings. Beyond a limit, only their heights take memory. */
export class IndexFindings {
  readonly described: IndexFinding[] = [];
  count = 0;
  readonly #heights = new Set<number>();

  add(height: number | null, what: string): void {
    this.count += 1;
    if (this.described.length < MAX_DESCRIBED) this.described.push({ height, what });
    if (height !== null) this.#heights.add(height);
  }

  has(height: number): boolean {
    return this.#heights.has(height);
  }

  /** All heights with findings, in as few ranges as possible. */
  get heights(): HeightRange[] {
    const ranges: [number, number][] = [];
    for (const height of [...this.#heights].sort((a, b) => a - b)) {
      const last = ranges.at(-1);
      if (last !== undefined && last[1] === height - 1) last[1] = height;
      else ranges.push([height, height]);
    }
    return ranges;
  }
}

/** Called for each row that cannot be read. */
type OnUnreadable = (what: string, table: Table, key: Uint8Array | null) => void;

/** Rows that are read together. */
const PAGE = 500;

/** Continues after damage, and reports it. */
export class TolerantReader {
  readonly store: ReadStore;
  /** Whether something could not be read because the structure of its file is damaged. */
  isFileDamaged = false;

  constructor(store: ReadStore) {
    this.store = store;
  }

  /** The value of a key; undefined if it is damaged, which is reported; null if it is missing, which is not. */
  async value(table: Table, key: Uint8Array, onUnreadable: OnUnreadable): Promise<Uint8Array | null | undefined> {
    let isDamaged = false;
    const onDamage = () => {
      isDamaged = true;
      onUnreadable(`the ${recordName(table, key)} is damaged`, table, key);
    };
    const value = await tolerating(
      async () => (await this.noting(this.store.get(table, [key], { onDamage })))[0] ?? null,
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

  /** Notes if a read fails because a file is damaged. */
  async noting<T>(read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      if (error instanceof DamagedFileError) this.isFileDamaged = true;
      throw error;
    }
  }
}

/** The result of the work; null if it meets damage, which is reported. */
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
