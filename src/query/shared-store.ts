import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { mapKey } from '../chain/bytes.ts';
import { decodePosition } from '../store/position.ts';
import { type ChainState, decodeState } from '../store/state.ts';
import {
  type JointReadOptions,
  type KeyRange,
  type LookUp,
  type LookUpResult,
  type Page,
  ReadingStore,
  type ReadResult,
  type ReadStore,
  type StateRecord,
  type Table,
} from '../store/store.ts';
import { rangeName } from './coalesced-store.ts';
import type { TransactionView } from './transaction-view.ts';

/** Blocks this far below the tip are not expected to be disconnected. */
const DEEP = 6;
/** Larger rows are not cached: they are few, and would evict many others. */
const MAX_ROW_BYTES = 64 * 1024;
/** The memory of a row in the cache: its bytes, what is decoded from them, and its entry. */
const WEIGHT_OF_BYTE = 5;
const WEIGHT_OF_ROW = 1_000;

/** The tables in which a key with a position or block determines its row. */
const TABLES_OF_BLOCKS: ReadonlySet<Table> = new Set(['blocks', 'totals', 'transactions']);

type CachedValue = Uint8Array | Page;

/** The cached parts of a look-up, undefined for those in `rest`, which must be read. */
interface Recalled {
  readonly lookUp: LookUp;
  readonly values: readonly (Uint8Array | undefined)[];
  readonly pages: readonly (Page | undefined)[];
  readonly rest: LookUp;
}

/**
 * A store for all requests of a gateway. It caches rows of blocks deep below the tip, listings of such blocks, and what is
 * decoded from them. Requests that ask for the state while it is being read share the next read, so it is never older than
 * the request.
 *
 * Cached rows count against the budget of each request too.
 */
export class SharedStore extends ReadingStore {
  readonly #store: ReadStore;
  readonly #cache: LRUCache<string, CachedValue>;
  /** Transactions by the row object that they were decoded from. */
  readonly views = new WeakMap<Uint8Array, TransactionView>();
  readonly #states: SharedCall<StateRecord | null>;
  #state: { readonly record: StateRecord; readonly decoded: ChainState } | null = null;

  /** @param maxBytes memory of the cache, including what is decoded; 0 for no cache */
  constructor(store: ReadStore, maxBytes: number) {
    super();
    this.#store = store;
    this.#cache = new LRUCache({ maxSize: Math.max(1, maxBytes), sizeCalculation: weightOf });
    this.#states = new SharedCall(async () => this.#see(await store.readState()));
  }

  readState(): Promise<StateRecord | null> {
    return this.#states.next();
  }

  async read(lookUps: readonly LookUp[], options: JointReadOptions = {}): Promise<ReadResult> {
    const recalled = lookUps.map((lookUp) => this.#recall(lookUp));
    const rest = recalled.map((one) => one.rest).filter(({ keys, ranges }) => keys.length + ranges.length > 0);
    const forks = this.#state?.decoded.forks;
    const isKnown = rest.length === 0 && options.withState !== true;
    const read = isKnown ? NO_FINDINGS : await this.#store.read(rest, options);
    const state = this.#see(read.state);
    // A reorganisation may have added another block at a listed height meanwhile.
    const isSameChain = this.#state?.decoded.forks === forks;
    let next = 0;
    const found = recalled.map((one) =>
      this.#fill(one, one.rest === rest[next] ? read.found[next++]! : NOTHING, isSameChain),
    );
    return { found, state };
  }

  #recall(lookUp: LookUp): Recalled {
    const { table, keys, ranges } = lookUp;
    const values = TABLES_OF_BLOCKS.has(table)
      ? keys.map((key) => this.#cache.get(rowName(table, key)) as Uint8Array | undefined)
      : keys.map(() => undefined);
    const pages = ranges.map((range) =>
      this.#isListing(table, range) ? (this.#cache.get(pageName(lookUp, range)) as Page | undefined) : undefined,
    );
    const isMissing = (found: readonly unknown[]) => (_: unknown, i: number) => found[i] === undefined;
    const rest = { ...lookUp, keys: keys.filter(isMissing(values)), ranges: ranges.filter(isMissing(pages)) };
    return { lookUp, values, pages, rest };
  }

  #fill({ lookUp, values, pages }: Recalled, read: LookUpResult, isSameChain: boolean): LookUpResult {
    const { table, keys, ranges } = lookUp;
    const [row, page] = [read.values.values(), read.pages.values()];
    return {
      values: values.map((known, i) => known ?? this.#keepRow(table, keys[i]!, row.next().value ?? null)),
      pages: pages.map((known, i) => {
        if (known !== undefined) return known;
        const found = page.next().value!;
        return isSameChain && this.#isListing(table, ranges[i]!) ? this.#keepPage(lookUp, ranges[i]!, found) : found;
      }),
    };
  }

  #keepRow(table: Table, key: Uint8Array, value: Uint8Array | null): Uint8Array | null {
    if (value === null || value.length > MAX_ROW_BYTES) return value;
    if (!TABLES_OF_BLOCKS.has(table) || !this.#isDeep(key)) return value;
    // A copy, because the row shares its memory with many others.
    const kept = value.slice();
    this.#cache.set(rowName(table, key), kept);
    return kept;
  }

  #keepPage(lookUp: LookUp, range: KeyRange, page: Page): Page {
    const bytes = page.rows.reduce((sum, { value }) => sum + value.length, 0);
    if (bytes > page.rows.length * MAX_ROW_BYTES) return page;
    const kept = compact(page);
    this.#cache.set(pageName(lookUp, range), kept);
    return kept;
  }

  #isDeep(key: Uint8Array): boolean {
    const height = (key[0]! << 16) | (key[1]! << 8) | key[2]!;
    if (this.#state === null) return false;
    const { tip, coverage } = this.#state.decoded;
    if (tip === null || height > tip.height - DEEP) return false;
    return coverage.some(([from, to]) => from <= height && height <= to);
  }

  /** Whether the range lists the transactions of a height deep below the tip. */
  #isListing(table: Table, { min, max }: KeyRange): boolean {
    if (table !== 'transactions') return false;
    return decodePosition(min).height === decodePosition(max).height && this.#isDeep(min);
  }

  #see(record: StateRecord | null): StateRecord | null {
    if (record === null) return null;
    // Return the same object for the same revision, so that others can cache what they derive from it.
    if (record.revision === this.#state?.record.revision) return this.#state.record;
    const decoded = decodeState(record.value);
    const last = this.#state?.decoded;
    // A listing of a height includes the blocks of all its forks. Another mark is another index in the place of this one.
    const isSame = last?.mark === decoded.mark && JSON.stringify(last.forks) === JSON.stringify(decoded.forks);
    if (!isSame) this.#cache.clear();
    this.#state = { record, decoded: isSame ? { ...decoded, forks: last.forks } : decoded };
    return record;
  }
}

const NOTHING: LookUpResult = { values: [], pages: [] };
const NO_FINDINGS: ReadResult = { found: [], state: null };

function rowName(table: Table, key: Uint8Array): string {
  return `${table} ${mapKey(key)}`;
}

function pageName({ limit, reverse }: LookUp, range: KeyRange): string {
  return `page ${limit} ${reverse} ${rangeName(range)}`;
}

function weightOf(entry: CachedValue): number {
  const rows = entry instanceof Uint8Array ? [entry] : entry.rows.map(({ value }) => value);
  return rows.reduce((sum, { length }) => sum + WEIGHT_OF_ROW + WEIGHT_OF_BYTE * length, WEIGHT_OF_ROW);
}

/** A copy of the page in its own memory. */
function compact({ rows, more }: Page): Page {
  const length = rows.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  const memory = new Uint8Array(length);
  let at = 0;
  const copy = (bytes: Uint8Array): Uint8Array => {
    memory.set(bytes, at);
    at += bytes.length;
    return memory.subarray(at - bytes.length, at);
  };
  return { rows: rows.map(({ key, value }) => ({ key: copy(key), value: copy(value) })), more };
}

/** Makes one call at a time, which is shared by all who ask before it begins. */
class SharedCall<T> {
  readonly #call: () => Promise<T>;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | null = null;

  constructor(call: () => Promise<T>) {
    this.#call = call;
  }

  /** The result of a call that begins after this one. */
  next(): Promise<T> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<T> {
    await this.#last;
    // Wait for other requests that arrived at the same time.
    await setImmediate();
    this.#next = null;
    const result = this.#call();
    this.#last = result.catch(() => {});
    return result;
  }
}
