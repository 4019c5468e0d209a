/**
 * The contract of a chain store: a dumb, ordered, append-only set of byte rows with one record that changes.
 *
 * The meaning of rows (positions, postings, snapshots, commits) is defined above it, once, so stores cannot disagree.
 */

import type { DamagedRun, Run } from './runs/run.ts';

/** The tables, with the length of their keys in bytes; 0 for a table with keys of several lengths. */
export const TABLES = {
  /** height, fork -> identity of a block */
  blocks: 4,
  /** height, fork -> counts, sizes and sums of a block */
  totals: 4,
  /** height, fork, page -> up to 1,024 transaction ids */
  pages: 8,
  /** position -> txid, undo and raw bytes */
  transactions: 8,
  /** position without its last 3 bits -> up to 8 rows of `transactions`, where a database does not keep them one by one */
  transactionPages: 8,
  /** position (or arrival), piece -> a piece of a transaction record that is too large for one row */
  payloads: 12,
  /** kind, key, position -> nothing, or a few bytes; one length for each kind. Kept in pages of runs: see runs/ */
  postings: 0,
  /** As `postings`, of the kind `lock` only and only to read: neighbouring postings may be added up (summed-postings.ts) */
  summedPostings: 0,
  /** epoch, number, page -> a page of a run of postings */
  runPages: 11,
  /** arrival -> when it was first seen, undo and raw bytes of an unconfirmed transaction */
  pending: 8,
  /** kind, key, arrival -> as in `postings`, for pending transactions */
  pendingPostings: 0,
  /** stretch, kind, key, arrival -> as in `postings`, for transactions that older snapshots still see as pending */
  departedPostings: 0,
  /** kind, key, arrival -> as in `postings`, for transactions that left the mempool and are in no block */
  removedPostings: 0,
  /** arrival, epoch -> the commit that removed an unconfirmed transaction, and why */
  departures: 11,
  /** commit number, part -> what happened */
  events: 10,
} as const;

export type Table = keyof typeof TABLES;

/** The tables that a database of rows does not have: they are kept as runs. */
export const TABLES_OF_RUNS: ReadonlySet<Table> = new Set(['postings', 'summedPostings']);

/** The tables whose keys begin with the height and fork of a block (with an arrival in rows of unconfirmed transactions). */
export const TABLES_OF_BLOCKS = ['blocks', 'totals', 'pages', 'transactions', 'payloads'] as const;

/** The tables whose rows are removed once no snapshot can see them. */
export type SweptTable =
  | 'pending'
  | 'pendingPostings'
  | 'departedPostings'
  | 'removedPostings'
  | 'payloads'
  | 'departures'
  | 'events';

/** A key determines its row: writing a key again changes nothing. */
export interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Keys from `min` to `max`, both inclusive and of the same length, because MongoDB compares binary keys by length first. */
export interface KeyRange {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** Options of all reads. */
export interface ReadOptions {
  /** Ends the read early. */
  readonly signal?: AbortSignal | undefined;
  /** How long the server of the store, if it has one, may work on it, in milliseconds [no limit]. */
  readonly timeoutMs?: number | undefined;
  /** Whether other reads may go first [no]. */
  readonly isPatient?: boolean | undefined;
  /** Called for each damaged row, which is then left out [the first one ends the read with STORE_DAMAGED]. */
  readonly onDamage?: ((table: Table, key: Uint8Array) => void) | undefined;
}

export interface ScanOptions extends ReadOptions {
  /** The most rows for each range. */
  readonly limit: number;
  /** Descending keys. */
  readonly reverse?: boolean;
  /** Whether each range is expected to hold fewer rows than the limit, so that adjacent ranges may be read as one [no]. */
  readonly isSparse?: boolean | undefined;
}

/** What to read from one table: rows by their keys, and a page of each of some ranges. */
export interface LookUp {
  readonly table: Table;
  readonly keys: readonly Uint8Array[];
  readonly ranges: readonly KeyRange[];
  /** The most rows for each range. */
  readonly limit: number;
  /** Ranges in the order of descending keys. */
  readonly reverse: boolean;
  /** As in {@link ScanOptions}. */
  readonly isSparse?: boolean | undefined;
}

/** Options of a read of several tables. */
export interface JointReadOptions extends ReadOptions {
  /** Whether the state is read with them [no]. */
  readonly withState?: boolean | undefined;
}

/** The results of all look-ups of a read, in their order. */
export interface ReadResult {
  readonly found: LookUpResult[];
  /** Null if it was not asked for, or there is none. */
  readonly state: StateRecord | null;
}

/** The result of one look-up, in the order of its keys and ranges; null for a missing key. */
export interface LookUpResult {
  readonly values: (Uint8Array | null)[];
  readonly pages: Page[];
}

/** One page of a range. `more` is true if it ended at a limit, not at the end of the range. */
export interface Page {
  readonly rows: Row[];
  readonly more: boolean;
  /** The last key that was read, if damaged rows may have been left out. */
  readonly end?: Uint8Array | undefined;
}

/**
 * Rows of one table in one piece of memory, so that a million rows are not a million objects and move between threads at
 * once. Each row is its key, its value, and the checksum of both.
 */
export interface PackedRows {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** For each row the end of its key and the end of its value, where the next row begins. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** The numbers of the rows in key order. */
  readonly order: Uint32Array<ArrayBuffer>;
}

/** Rows to write, by table. */
export type Batch = ReadonlyMap<Table, PackedRows>;

/** The one record that changes. `revision` goes up by one with each change. */
export interface StateRecord {
  readonly revision: number;
  readonly value: Uint8Array;
}

/** The most bytes of values in one page of a scan (a page has at least one row); bounds memory. */
export const PAGE_BYTES = 16 * 1024 * 1024;

/** The part of a store that readers need. */
export type ReadStore = Pick<RowStore, 'read' | 'get' | 'scan' | 'readState'>;

/**
 * A database that has all tables but the postings.
 *
 * Methods reject with a `BitqlError`: `STORE_UNAVAILABLE` (a retry helps), `STORE_DAMAGED` if a row is not as it was
 * written, or another code of the store.
 */
export interface RowStore {
  /**
   * Reads several tables in as few round trips as the store can. A later look-up is read later or at the same moment; the
   * state is read last.
   */
  read(lookUps: readonly LookUp[], options?: JointReadOptions): Promise<ReadResult>;

  /** The values of the given keys, in their order; null for a missing key. */
  get(table: Table, keys: readonly Uint8Array[], options?: ReadOptions): Promise<(Uint8Array | null)[]>;

  /** A page of each range. */
  scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]>;

  /**
   * Writes rows; an existing key is left as it is. Resolves when the rows are durable. Until then the memory of the batch
   * belongs to the store; the result returns it for reuse.
   */
  write(batch: Batch): Promise<Batch>;

  /** Writes rows and overwrites existing ones, to mend damaged rows. Resolves when the rows are durable. */
  replace(batch: Batch): Promise<void>;

  /** Removes rows that no snapshot can see any more, or damaged rows. A missing key is not an error. */
  remove(table: Table, keys: readonly Uint8Array[]): Promise<void>;

  readState(): Promise<StateRecord | null>;

  /** Replaces the state record if its revision is still the expected one (0: there is no record yet). */
  compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean>;

  /** The clock that all writers of this store share, in milliseconds since 1970. */
  now(): Promise<number>;

  close(): Promise<void>;
}

export interface SettleOptions {
  /** Called from time to time: a state that is set then makes room for the rest [nothing]. */
  readonly onPart?: (() => Promise<void>) | undefined;
  /** Ends it before it is done, after what is under way. */
  readonly signal?: AbortSignal | undefined;
}

/** A store with the postings, which it keeps as runs (runs/). Rows of them that were written count when a state names their run. */
export interface ChainStore extends RowStore {
  /**
   * The runs that the next state must name: those of the present one, and what this process, as the writer, has written
   * and merged since.
   */
  naming(runs: readonly Run[]): readonly Run[];

  /**
   * Does what is put off until there is time: merges runs until only few are left, and removes postings that were to be
   * removed or replaced. Others see that with the next state.
   */
  settle(options?: SettleOptions): Promise<void>;

  /** The runs with pages that cannot be read. Reads all pages. */
  damagedRuns(signal: AbortSignal): Promise<DamagedRun[]>;

  /** Writes damaged runs anew without what cannot be read. Others see that with the next state. */
  mendRuns(runs: readonly DamagedRun[]): Promise<void>;
}

/** Implements the reads of one table by the read of several. */
export abstract class ReadingStore implements ReadStore {
  abstract read(lookUps: readonly LookUp[], options?: JointReadOptions): Promise<ReadResult>;
  abstract readState(): Promise<StateRecord | null>;

  async get(table: Table, keys: readonly Uint8Array[], options?: ReadOptions): Promise<(Uint8Array | null)[]> {
    const { found } = await this.read([{ table, keys, ranges: [], limit: 0, reverse: false }], options);
    return found[0]!.values;
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    const { limit, reverse = false, isSparse, ...others } = options;
    const { found } = await this.read([{ table, keys: [], ranges, limit, reverse, isSparse }], others);
    return found[0]!.pages;
  }
}
