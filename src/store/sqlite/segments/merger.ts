import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { addSegment, type Catalogue, copySql, removeSegment, type Segment, tableOf } from './catalogue.ts';

/** Segments of one level whose rows move into one of the next. */
interface Merge {
  readonly target: number;
  /** The oldest first. */
  readonly sources: readonly number[];
}

interface MergeStatements {
  readonly target: number;
  readonly copy: StatementSync;
  readonly last: StatementSync;
  /** One for each source. */
  readonly remove: readonly StatementSync[];
  readonly count: StatementSync;
}

/**
 * Merges the oldest segments of a level, a slice of the key range at a time. A slice is moved: one transaction adds its rows
 * to the target and removes them from the sources. So each row is always in one segment, freed pages are reused for the
 * target, and the rest of a merge is what its sources still hold, whichever process began it.
 */
export class Merger {
  readonly #db: DatabaseSync;
  readonly #catalogue: Catalogue;
  readonly #fanout: number;
  #statements: MergeStatements | null = null;

  constructor(db: DatabaseSync, catalogue: Catalogue, fanout: number) {
    this.#db = db;
    this.#catalogue = catalogue;
    this.#fanout = fanout;
  }

  /**
   * Does a slice of the merge that is due, on the lowest level first: small merges are done soon, and large ones can wait.
   * Must be called within a transaction, after a refresh of the catalogue.
   * @returns how many rows were moved, about as many as asked for; null if no merge is due
   */
  slice(rows: number): number | null {
    const merge = this.#due();
    if (merge === null) return null;
    const moved = this.#move(merge, rows);
    if (moved < rows) this.#end(merge);
    return moved;
  }

  #due(): Merge | null {
    const { segments } = this.#catalogue;
    const levels = [...new Set(segments.map(({ level }) => level))].sort((a, b) => a - b);
    for (const level of levels) {
      const ofLevel = segments.filter((segment) => segment.level === level);
      const merge = underWay(ofLevel) ?? this.#begin(ofLevel);
      if (merge !== null) return merge;
    }
    return null;
  }

  /** Begins with the oldest segments, so that merged rows are always older than those that stay on the level. */
  #begin(ofLevel: readonly Segment[]): Merge | null {
    const sources = ofLevel.filter(({ state }) => state === 'closed').slice(0, this.#fanout);
    if (sources.length < this.#fanout) return null;
    const target = addSegment(this.#db, { level: sources[0]!.level + 1, state: 'target' });
    const mark = this.#db.prepare(`UPDATE segments SET state = 'source', target = ? WHERE id = ?`);
    for (const { id } of sources) mark.run(target, id);
    this.#catalogue.refresh();
    return { target, sources: sources.map(({ id }) => id) };
  }

  #move(merge: Merge, rows: number): number {
    const { copy, last, remove, count } = this.#prepared(merge);
    const copied = copy.run(rows).changes;
    const { key } = last.get() as { key: Uint8Array | null };
    if (key === null) return 0;
    count.run(copied, merge.target);
    return remove.reduce((sum, statement) => sum + Number(statement.run(key).changes), 0);
  }

  #end({ target, sources }: Merge): void {
    for (const id of sources) removeSegment(this.#db, id);
    this.#db.prepare(`UPDATE segments SET state = 'closed' WHERE id = ?`).run(target);
    this.#catalogue.refresh();
  }

  #prepared({ target, sources }: Merge): MergeStatements {
    if (this.#statements?.target !== target) {
      this.#statements = {
        target,
        copy: this.#db.prepare(copySql(sources, target)),
        last: this.#db.prepare(`SELECT max(key) AS key FROM ${tableOf(target)}`),
        remove: sources.map((id) => this.#db.prepare(`DELETE FROM ${tableOf(id)} WHERE key <= ?`)),
        count: this.#db.prepare('UPDATE segments SET rows = rows + ? WHERE id = ?'),
      };
    }
    return this.#statements;
  }
}

function underWay(ofLevel: readonly Segment[]): Merge | null {
  const sources = ofLevel.filter(({ state }) => state === 'source');
  return sources.length === 0 ? null : { target: sources[0]!.target!, sources: sources.map(({ id }) => id) };
}

/**
 * The rows that merging must move before the next write. In the long run each row moves once to each level, so each written
 * row counts for that, and for one more move, which lets a merge end before the next one of its level is due. So
 * writing slows down gradually, and there are never many segments, however fast rows arrive.
 */
export class Debt {
  #rows = 0;

  get isOwed(): boolean {
    return this.#rows > 0;
  }

  wrote(rows: number, segments: readonly Segment[]): void {
    const highest = Math.max(...segments.map(({ level }) => level));
    this.#rows += rows * (highest + 1);
  }

  moved(rows: number): void {
    this.#rows = Math.max(0, this.#rows - rows);
  }

  /** Called when nothing is left to move, or it cannot be moved now. */
  settle(): void {
    this.#rows = 0;
  }
}

/** How long one slice of a merge should take, in milliseconds: requests wait for it. */
const TARGET_MS = 25;
const MIN_ROWS = 500;

/** How many rows a slice moves, adjusted to the time that the last slices took, so that a slow disk does not delay requests for long. */
export class SliceSize {
  readonly #maxRows: number;
  rows: number;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
    this.rows = maxRows;
  }

  took(ms: number): void {
    const fitting = (this.rows * TARGET_MS) / Math.max(ms, 1);
    // Adjust halfway only: the slice may have included a checkpoint.
    const rows = Math.round((this.rows + fitting) / 2);
    this.rows = Math.min(this.#maxRows, Math.max(MIN_ROWS, rows));
  }
}
