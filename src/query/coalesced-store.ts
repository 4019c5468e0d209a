import DataLoader from 'dataloader';
import { mapKey } from '../chain/bytes.ts';
import type { KeyRange, Page, ReadOptions, ReadStore, ScanOptions, StateRecord, Table } from '../store/store.ts';
import { MeteredStore } from './metered-store.ts';
import { FREE_WORK, type Work } from './work.ts';

/** One store call has at most this many keys or ranges. */
const MAX_BATCH = 500;

/** How long a request waits for what it reads. */
export interface Patience {
  /** Comes when it waits no longer, with the reason. */
  readonly signal: AbortSignal;
  /** In milliseconds. */
  readonly msLeft: number;
}

type Loader<K, V> = DataLoader<K, V, string>;

/**
 * A store for the length of one request: reads that are asked for in the same tick go to the store together, and the
 * same row is read once. So whoever asks for a list of things may ask for each on its own.
 */
export class CoalescedStore implements ReadStore {
  readonly #store: ReadStore;
  readonly #gets = new Map<Table, Loader<Uint8Array, Uint8Array | null>>();
  readonly #scans = new Map<string, Loader<KeyRange, Page>>();
  readonly #states: DataLoader<'state', StateRecord | null>;
  readonly #patience: Patience | undefined;
  readonly #work: Work;
  /** Rejects when the signal comes. */
  readonly #aborted: Promise<never> | null;

  /**
   * @param patience its signal ends the wait for what is under way, and refuses what is asked for later [no limit]
   * @param work what reads are counted as
   */
  constructor(store: ReadStore, patience?: Patience, work: Work = FREE_WORK) {
    this.#store = new MeteredStore(store, work);
    this.#patience = patience;
    this.#work = work;
    this.#aborted = patience === undefined ? null : abortOf(patience.signal);
    this.#states = new DataLoader(
      async (all) => {
        const record = await this.#inTime(() => this.#store.readState());
        return all.map(() => record);
      },
      // Whoever asks again wants to know what is new.
      { ...this.#batches, cache: false },
    );
  }

  async get(table: Table, keys: readonly Uint8Array[]): Promise<(Uint8Array | null)[]> {
    const loader = this.#getLoader(table);
    return Promise.all(keys.map((key) => loader.load(key)));
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    const loader = this.#scanLoader(table, options);
    return Promise.all(ranges.map((range) => loader.load(range)));
  }

  readState(): Promise<StateRecord | null> {
    return this.#states.load('state');
  }

  async #inTime<T>(read: () => Promise<T>): Promise<T> {
    this.#patience?.signal.throwIfAborted();
    return this.#aborted === null ? read() : Promise.race([read(), this.#aborted]);
  }

  get #options(): ReadOptions {
    return { signal: this.#patience?.signal, timeoutMs: this.#patience?.msLeft };
  }

  get #batches() {
    return { maxBatchSize: MAX_BATCH, batchScheduleFn: (read: () => void) => this.#work.whenDone(read) };
  }

  #getLoader(table: Table): Loader<Uint8Array, Uint8Array | null> {
    const found = this.#gets.get(table);
    if (found !== undefined) return found;
    const loader: Loader<Uint8Array, Uint8Array | null> = new DataLoader(
      (keys) => this.#inTime(() => this.#store.get(table, keys, this.#options)),
      { ...this.#batches, cacheKeyFn: mapKey },
    );
    this.#gets.set(table, loader);
    return loader;
  }

  #scanLoader(table: Table, options: ScanOptions): Loader<KeyRange, Page> {
    const name = `${table} ${options.limit} ${options.reverse === true}`;
    const found = this.#scans.get(name);
    if (found !== undefined) return found;
    const loader: Loader<KeyRange, Page> = new DataLoader(
      (ranges) => this.#inTime(() => this.#store.scan(table, ranges, { ...options, ...this.#options })),
      { ...this.#batches, cacheKeyFn: rangeName },
    );
    this.#scans.set(name, loader);
    return loader;
  }
}

/** With the length of its beginning: two ranges that are cut elsewhere are not the same. */
export function rangeName({ min, max }: KeyRange): string {
  return `${min.length} ${mapKey(min)}${mapKey(max)}`;
}

function abortOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  // Nobody may be waiting for anything.
  promise.catch(() => {});
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return promise;
}
