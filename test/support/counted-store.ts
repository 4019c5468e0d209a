import {
  type JointReadOptions,
  type LookUp,
  ReadingStore,
  type ReadResult,
  type ReadStore,
} from '../../src/store/store.ts';

/** What was read from a store since the last time that somebody asked. */
export interface Reads {
  /** Round trips to the store, also such as find nothing. */
  readonly calls: number;
  readonly rows: number;
}

/** A store that counts what is read from it; the state is no row. */
export class CountedStore extends ReadingStore {
  readonly #store: ReadStore;
  #calls = 0;
  #rows = 0;

  constructor(store: ReadStore) {
    super();
    this.#store = store;
  }

  async read(lookUps: readonly LookUp[], options?: JointReadOptions): Promise<ReadResult> {
    const result = await this.#store.read(lookUps, options);
    this.#calls += 1;
    for (const { values, pages } of result.found) {
      this.#rows += values.filter((value) => value !== null).length;
      for (const { rows } of pages) this.#rows += rows.length;
    }
    return result;
  }

  readState() {
    return this.#store.readState();
  }

  /** What was read since the last call. */
  take(): Reads {
    const reads = { calls: this.#calls, rows: this.#rows };
    this.#calls = 0;
    this.#rows = 0;
    return reads;
  }
}
