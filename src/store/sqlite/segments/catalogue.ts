import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** How postings are divided into segments. */
export interface SegmentOptions {
  /** The open segment is closed when it has this many rows. */
  readonly rows: number;
  /** This many closed segments of a level are merged into one of the next level. */
  readonly fanout: number;
  /** The most rows that one step of a merge moves. */
  readonly sliceRows: number;
}

export const SEGMENTS: SegmentOptions = { rows: 1_000_000, fanout: 4, sliceRows: 20_000 };

/**
 * `open`: receives new rows until it is large enough; there is always one.
 * `closed`: waits until there are enough closed segments of its level to merge.
 * `source`: its rows move into another segment, its target.
 * `target`: receives the rows of its sources, in key order.
 */
type SegmentState = 'open' | 'closed' | 'source' | 'target';

/** A part of the postings, in its own table. A row is in one segment; repeats of it may be in newer ones. */
export interface Segment {
  readonly id: number;
  /** How many merges its rows have passed through. */
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

/** Higher levels hold older rows; within a level, lower ids are older. */
const OLDEST_FIRST = 'level DESC, id';

/**
 * The segments as a transaction sees them. Each has a table, so SQLite's schema version changes with them and shows when
 * to read the list again, also after a change by another process and after a rollback.
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

  /** All segments as of the last {@link refresh}, the oldest rows first. */
  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Must be called at the beginning of each transaction, and after each change. True if the segments have changed. */
  refresh(): boolean {
    const version = this.#versionNow.get()!.schema_version;
    if (version === this.#version) return false;
    this.#version = version;
    this.#segments = this.#list.all() as unknown as Segment[];
    return true;
  }

  /** Must be called when a transaction failed: the segments that it saw may not exist. */
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
 * SQL over several segments, the oldest rows first.
 *
 * SQLite merges a compound with ORDER BY row by row, as far as it is read, without sorting. Among rows with the same key
 * it returns that of the first term first. No LIMIT: SQLite reads a bound limit when it plans, so it would plan again for
 * each scan.
 */

/** The rows of a range, in key order. Parameters: first and last key. */
export function scanSql(ids: readonly number[], reverse: boolean): string {
  const rows = union(ids, (table) => `SELECT key, value FROM ${table} WHERE key BETWEEN ?1 AND ?2`);
  return `${rows} ORDER BY key${reverse ? ' DESC' : ''}`;
}

/** The values of a key, one from each segment that has it, the oldest first. Parameter: the key. */
export function getSql(ids: readonly number[]): string {
  return union(ids, (table) => `SELECT value FROM ${table} WHERE key = ?1`);
}

/** Copies the first rows of segments (the oldest of repeats) into another segment. Parameter: how many. */
export function copySql(ids: readonly number[], target: number): string {
  return `INSERT OR IGNORE INTO ${tableOf(target)} ${union(ids, (table) => `SELECT key, value FROM ${table}`)}
    ORDER BY key LIMIT ?1`;
}

function union(ids: readonly number[], term: (table: string) => string): string {
  return ids.map((id) => term(tableOf(id))).join(' UNION ALL ');
}
