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

/** Blocks this far below the tip are not expected to leave the main chain. */
const DEEP = 6;
/** Larger rows are few, and would drive out many. */
const MAX_ROW_BYTES = 64 * 1024;
/** What a row takes: its bytes, what it is decoded into as far as anybody asked, and its place here. */
const WEIGHT_OF_BYTE = 5;
const WEIGHT_OF_ROW = 1_000;

/** Those of which a key with a position or a block in it determines its row. */
const TABLES_OF_BLOCKS: ReadonlySet<Table> = new Set(['blocks', 'totals', 'transactions']);

type CachedValue = Uint8Array | Page;

/** What is remembered of a look-up, undefined for the rest, which is still to be read. */
interface Recalled {
  readonly lookUp: LookUp;
  readonly values: readonly (Uint8Array | undefined)[];
  readonly pages: readonly (Page | undefined)[];
  readonly rest: LookUp;
}

/**
 * A store for all requests of a gateway: rows of blocks deep below the tip, and listings of such a block, are read once as
 * long as they are remembered; and what is decoded from them is decoded once. Whoever reads the state while others do shares
 * the next read with them, so what it says is never older than the question.
 *
 * Rows count against the budget of each request, wherever they come from.
 */
export class SharedStore extends ReadingStore {
  readonly #store: ReadStore;
  readonly #cache: LRUCache<string, CachedValue>;
  /** Transactions by the very row that they were decoded from. */
  readonly views = new WeakMap<Uint8Array, TransactionView>();
  readonly #states: SharedCall<StateRecord | null>;
  #state: { readonly record: StateRecord; readonly decoded: ChainState } | null = null;

  /** @param maxBytes what is remembered may take, with what it is decoded into; 0 for nothing */
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
    // A reorganisation may have brought another block of a listed height meanwhile.
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
    // Of its own: it came in one piece of memory with many others.
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

  /** Whether it is a listing of a block deep below the tip. */
  #isListing(table: Table, { min, max }: KeyRange): boolean {
    if (table !== 'transactions') return false;
    return decodePosition(min).height === decodePosition(max).height && this.#isDeep(min);
  }

  #see(record: StateRecord | null): StateRecord | null {
    if (record === null) return null;
    // Always the same one, so that others may remember what they make of it.
    if (record.revision === this.#state?.record.revision) return this.#state.record;
    const decoded = decodeState(record.value);
    const last = this.#state?.decoded;
    const isSame = last !== undefined && JSON.stringify(last.forks) === JSON.stringify(decoded.forks);
    // A listing of a height holds the blocks of all its forks.
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

/** The same page in memory of its own. */
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

/** Lets a call be made once at a time: all who ask before it begins share it. */
export class SharedCall<T> {
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
    // Those who come with the same news from the network are waited for.
    await setImmediate();
    this.#next = null;
    const result = this.#call();
    this.#last = result.catch(() => {});
    return result;
  }
}
