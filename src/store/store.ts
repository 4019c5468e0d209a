/**
 * The contract of a chain store: a dumb, ordered, append-only set of byte rows with one record that changes.
 *
 * Meaning (positions, postings, snapshots, commits) lives above it, once, so that stores cannot disagree.
 */

/** The tables, with the length of their keys in bytes. A table of 0 holds keys of several lengths. */
export const TABLES = {
  /** height, fork -> identity of a block */
  blocks: 4,
  /** height, fork -> counts, sizes and sums of a block */
  totals: 4,
  /** height, fork, page -> up to 1,024 transaction ids */
  pages: 8,
  /** position -> txid, undo and raw bytes */
  transactions: 8,
  /** position (or arrival), piece -> a piece of a transaction record that is too large for one row */
  payloads: 12,
  /** kind, key, position -> nothing, or a few bytes; one length for each kind */
  postings: 0,
  /** arrival -> when it was first seen, undo and raw bytes of an unconfirmed transaction */
  pending: 8,
  /** kind, key, arrival -> as in `postings`, of what is pending */
  pendingPostings: 0,
  /** stretch, kind, key, arrival -> as in `postings`, of what was pending: for snapshots of before */
  departedPostings: 0,
  /** kind, key, arrival -> as in `postings`, of what left without being in a block */
  removedPostings: 0,
  /** arrival, epoch -> the commit that took an unconfirmed transaction away, and why */
  departures: 11,
  /** commit number, part -> what happened */
  events: 10,
} as const;

export type Table = keyof typeof TABLES;

/** The tables whose keys begin with the height and fork of a block, unless they are of something unconfirmed. */
export const TABLES_OF_BLOCKS = ['blocks', 'totals', 'pages', 'transactions', 'payloads'] as const;

/** The tables of which rows are removed once nobody can see them any more. */
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

/** Keys from `min` to `max`, both inclusive and of the same length: MongoDB compares binary keys by length first. */
export interface KeyRange {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** How a read is asked for. */
export interface ReadOptions {
  /** Ends it early: nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
  /** How long the server may take, in milliseconds: it stops by itself where the store has one [no limit]. */
  readonly timeoutMs?: number | undefined;
  /** Whether others that read meanwhile may go first [no]. */
  readonly isPatient?: boolean | undefined;
  /** Told of each damaged row, which is then left out [the first one ends the read with STORE_DAMAGED]. */
  readonly onDamage?: ((table: Table, key: Uint8Array) => void) | undefined;
}

export interface ScanOptions extends ReadOptions {
  /** The most rows for each range. */
  readonly limit: number;
  /** Descending keys. */
  readonly reverse?: boolean;
  /** Whether each range is thought to hold fewer rows than that: ranges that touch may be read as one [no]. */
  readonly isSparse?: boolean | undefined;
}

/** What is to be read from one table: rows by their keys, and a page of each of some ranges. */
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

/** How several tables are read. */
export interface JointReadOptions extends ReadOptions {
  /** Whether the state is read with them [no]. */
  readonly withState?: boolean | undefined;
}

/** What is found by all look-ups of a read, in their order. */
export interface ReadResult {
  readonly found: LookUpResult[];
  /** Null where nobody asked for it, or there is none. */
  readonly state: StateRecord | null;
}

/** What was found, in the order of the keys and ranges; null for a key that is not there. */
export interface LookUpResult {
  readonly values: (Uint8Array | null)[];
  readonly pages: Page[];
}

/** One page of a range. `more` says that it ended at a limit, not at the end of the range. */
export interface Page {
  readonly rows: Row[];
  readonly more: boolean;
  /** Where damaged rows were left out, the last key that was looked at. */
  readonly end?: Uint8Array | undefined;
}

/**
 * Rows of one table in one piece of memory: a million rows are no million objects, and move between threads at once.
 * Each row is its key, its value, and the checksum of both.
 */
export interface PackedRows {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** For each row where its key ends and where its value ends, which is where the next one begins. */
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

/** The most bytes of values in one page of a scan (a page has at least one row); keeps memory bounded. */
export const PAGE_BYTES = 16 * 1024 * 1024;

/** The part of a store that readers need. */
export type ReadStore = Pick<ChainStore, 'read' | 'get' | 'scan' | 'readState'>;

/**
 * Methods reject with a `BitqlError`: `STORE_UNAVAILABLE` (a retry helps) or another code of the store, `STORE_DAMAGED`
 * where a row is not as it was written.
 */
export interface ChainStore {
  /**
   * Reads several tables, in as few round trips as the store can. What is later in the list is read later, or at the same
   * moment; the state behind all.
   */
  read(lookUps: readonly LookUp[], options?: JointReadOptions): Promise<ReadResult>;

  /** The values of the given keys, in their order; null for a key that is not there. */
  get(table: Table, keys: readonly Uint8Array[], options?: ReadOptions): Promise<(Uint8Array | null)[]>;

  /** A page of each range. */
  scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]>;

  /**
   * Writes rows; a key that is there already is left as it is. Resolves when the rows are durable. The
   * memory of the batch is the store's until then, and comes back as the result, to be used again.
   */
  write(batch: Batch): Promise<Batch>;

  /** Writes rows in the place of those that are there: they are damaged. Resolves when the rows are durable. */
  replace(batch: Batch): Promise<void>;

  /** Removes rows: those that nobody can see any more, or damaged ones. A key that is not there is no error. */
  remove(table: Table, keys: readonly Uint8Array[]): Promise<void>;

  readState(): Promise<StateRecord | null>;

  /** Replaces the state record if its revision is still the expected one (0: there is none yet). */
  compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean>;

  /** The clock that all writers of this store share, in milliseconds since 1970. */
  now(): Promise<number>;

  close(): Promise<void>;
}

/** What reads of one table are, where several can be read at once. */
export abstract class ReadingStore implements ReadStore {
  abstract read(lookUps: readonly LookUp[], options?: JointReadOptions): Promise<ReadResult>;
  abstract readState(): Promise<StateRecord | null>;

  async get(table: Table, keys: readonly Uint8Array[], options?: ReadOptions): Promise<(Uint8Array | null)[]> {
    const { found } = await this.read([{ table, keys, ranges: [], limit: 0, reverse: false }], options);
    return found[0]!.values;
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    const { limit, reverse = false, isSparse: _, ...others } = options;
    const { found } = await this.read([{ table, keys: [], ranges, limit, reverse }], others);
    return found[0]!.pages;
  }
}
