import { LRUCache } from 'lru-cache';
import { mapKey } from '../chain/bytes.ts';
import { decodePosition } from '../store/position.ts';
import { type ChainState, decodeState } from '../store/state.ts';
import type { KeyRange, Page, ReadOptions, ReadStore, ScanOptions, StateRecord, Table } from '../store/store.ts';
import { rangeName } from './coalesced-store.ts';
import { SharedCall } from './shared-call.ts';
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

type Entry = Uint8Array | Page;

/**
 * A store for all requests of a gateway: rows of blocks deep below the tip, and listings of such a block, are read once as
 * long as they are remembered; and what is decoded from them is decoded once. Whoever reads the state while others do shares
 * the next read with them, so what it says is never older than the question.
 *
 * Rows count against the budget of each request, wherever they come from.
 */
export class SharedStore implements ReadStore {
  readonly #store: ReadStore;
  readonly #cache: LRUCache<string, Entry>;
  /** Transactions by the very row that they were decoded from. */
  readonly views = new WeakMap<Uint8Array, TransactionView>();
  readonly #states: SharedCall<StateRecord | null>;
  #state: { readonly record: StateRecord; readonly decoded: ChainState } | null = null;

  /** @param maxBytes what is remembered may take, with what it is decoded into; 0 for nothing */
  constructor(store: ReadStore, maxBytes: number) {
    this.#store = store;
    this.#cache = new LRUCache({ maxSize: Math.max(1, maxBytes), sizeCalculation: weightOf });
    this.#states = new SharedCall(async () => this.#see(await store.readState()));
  }

  readState(): Promise<StateRecord | null> {
    return this.#states.next();
  }

  async get(table: Table, keys: readonly Uint8Array[], options: ReadOptions = {}): Promise<(Uint8Array | null)[]> {
    if (!TABLES_OF_BLOCKS.has(table)) return this.#store.get(table, keys, options);
    const names = keys.map((key) => `${table} ${mapKey(key)}`);
    const found = names.map((name) => (this.#cache.get(name) as Uint8Array | undefined) ?? null);
    const missing = keys.filter((_, i) => found[i] === null);
    if (missing.length === 0) return found;
    const read = (await this.#store.get(table, missing, options)).values();
    return found.map((known, i) => known ?? this.#keepRow(names[i]!, keys[i]!, read.next().value ?? null));
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    const [range] = ranges;
    if (table !== 'transactions' || ranges.length !== 1 || !this.#isOfDeepBlock(range!)) {
      return this.#store.scan(table, ranges, options);
    }
    const name = `page ${options.limit} ${options.reverse === true} ${rangeName(range!)}`;
    const known = this.#cache.get(name) as Page | undefined;
    if (known !== undefined) return [known];
    const forks = this.#state?.decoded.forks;
    const [page] = await this.#store.scan(table, ranges, options);
    const bytes = page!.rows.reduce((sum, { value }) => sum + value.length, 0);
    // A reorganisation may have brought another block of that height meanwhile.
    if (bytes > page!.rows.length * MAX_ROW_BYTES || this.#state?.decoded.forks !== forks) return [page!];
    const kept = compact(page!);
    this.#cache.set(name, kept);
    return [kept];
  }

  #keepRow(name: string, key: Uint8Array, value: Uint8Array | null): Uint8Array | null {
    if (value === null || value.length > MAX_ROW_BYTES || !this.#isDeep(key)) return value;
    // Of its own: it came in one piece of memory with many others.
    const kept = value.slice();
    this.#cache.set(name, kept);
    return kept;
  }

  #isDeep(key: Uint8Array): boolean {
    const height = (key[0]! << 16) | (key[1]! << 8) | key[2]!;
    if (this.#state === null) return false;
    const { tip, coverage } = this.#state.decoded;
    if (tip === null || height > tip.height - DEEP) return false;
    return coverage.some(([from, to]) => from <= height && height <= to);
  }

  #isOfDeepBlock({ min, max }: KeyRange): boolean {
    return decodePosition(min).height === decodePosition(max).height && this.#isDeep(min);
  }

  #see(record: StateRecord | null): StateRecord | null {
    if (record === null || record.revision === this.#state?.record.revision) return record;
    const decoded = decodeState(record.value);
    const last = this.#state?.decoded;
    const isSame = last !== undefined && JSON.stringify(last.forks) === JSON.stringify(decoded.forks);
    // A listing of a height holds the blocks of all its forks.
    if (!isSame) this.#cache.clear();
    this.#state = { record, decoded: isSame ? { ...decoded, forks: last.forks } : decoded };
    return record;
  }
}

function weightOf(entry: Entry): number {
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
