import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** How postings are cut into segments. */
export interface SegmentOptions {
  /** A segment that takes writes is closed when it has this many rows. */
  readonly rows: number;
  /** This many closed segments of a level are merged into one of the next. */
  readonly fanout: number;
  /** The most rows that one step of a merge moves. */
  readonly sliceRows: number;
}

export const SEGMENTS: SegmentOptions = { rows: 1_000_000, fanout: 4, sliceRows: 20_000 };

/**
 * `open`: takes the rows that are written, until it is large enough; there is always one.
 * `closed`: rests, until as many of its level do as are merged into one.
 * `source`: its rows move into another segment, `target`.
 * `target`: takes the rows of its sources, in key order.
 */
export type SegmentState = 'open' | 'closed' | 'source' | 'target';

/** A part of the postings, in a table of its own. A row stands in one of them; repeats of it may stand in younger ones. */
export interface Segment {
  readonly id: number;
  /** How many merges its rows have been through. */
  readonly level: number;
  readonly state: SegmentState;
  /** The segment that this one's rows move into; null unless it is a source. */
  readonly target: number | null;
}

export const CATALOGUE_SQL = `CREATE TABLE segments (
  id INTEGER PRIMARY KEY,
  level INTEGER NOT NULL,
  state TEXT NOT NULL,
  target INTEGER,
  rows INTEGER NOT NULL DEFAULT 0
)`;

/** Higher levels hold older rows, and within one the ids tell the age. */
const OLDEST_FIRST = 'level DESC, id';

/**
 * The segments as a transaction finds them. They come and go with their tables, so SQLite's own count of changes of the
 * schema tells when to read them again: also when another process made the change, and when one was rolled back.
 */
export class Catalogue {
  readonly #versionNow: StatementSync;
  readonly #list: StatementSync;
  #version: unknown = null;
  #segments: readonly Segment[] = [];

  constructor(db: DatabaseSync) {
    this.#versionNow = db.prepare('PRAGMA schema_version');
    this.#list = db.prepare(`SELECT id, level, state, target FROM segments ORDER BY ${OLDEST_FIRST}`);
  }

  /** All segments, those with the oldest rows first, as of the last {@link refresh}. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** To be called at the beginning of each transaction, and behind each change. True where the segments are others now. */
  refresh(): boolean {
    const version = this.#versionNow.get()!.schema_version;
    if (version === this.#version) return false;
    this.#version = version;
    this.#segments = this.#list.all() as unknown as Segment[];
    return true;
  }

  /** What was read may not come to pass: a transaction failed. */
  forget(): void {
    this.#version = null;
  }
}

export function tableOf(id: number): string {
  return `postings_${id}`;
}

/** @returns the new segment's id, higher than all others */
export function addSegment(db: DatabaseSync, { level, state }: Pick<Segment, 'level' | 'state'>): number {
  const { lastInsertRowid } = db.prepare('INSERT INTO segments (level, state) VALUES (?, ?)').run(level, state);
  const id = Number(lastInsertRowid);
  db.exec(`CREATE TABLE ${tableOf(id)} (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID`);
  return id;
}

export function removeSegment(db: DatabaseSync, id: number): void {
  db.exec(`DROP TABLE ${tableOf(id)}`);
  db.prepare('DELETE FROM segments WHERE id = ?').run(id);
}

/**
 * SQL over several segments, given with the oldest rows first.
 *
 * SQLite merges a compound with ORDER BY row by row, as far as it is read, without sorting; of rows with the same key it
 * gives that of the first term first. No LIMIT: SQLite looks at a bound limit when it plans, and so would plan anew for
 * each scan.
 */

/** The rows of a range, in key order. Parameters: first and last key. */
export function scanSql(ids: readonly number[], reverse: boolean): string {
  const rows = union(ids, (table) => `SELECT key, value FROM ${table} WHERE key BETWEEN ?1 AND ?2`);
  return `${rows} ORDER BY key${reverse ? ' DESC' : ''}`;
}

/** The value of a key, once for each segment that has it, the oldest first. Parameter: the key. */
export function getSql(ids: readonly number[]): string {
  return union(ids, (table) => `SELECT value FROM ${table} WHERE key = ?1`);
}

/** Copies the first rows of segments, of repeats the oldest, into another one. Parameter: how many. */
export function copySql(ids: readonly number[], target: number): string {
  return `INSERT OR IGNORE INTO ${tableOf(target)} ${union(ids, (table) => `SELECT key, value FROM ${table}`)}
    ORDER BY key LIMIT ?1`;
}

function union(ids: readonly number[], term: (table: string) => string): string {
  return ids.map((id) => term(tableOf(id))).join(' UNION ALL ');
}
