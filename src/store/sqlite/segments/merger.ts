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
 * Merges the oldest segments of a level, a slice of the key range at a time. A slice moves: in one transaction its rows
 * come into the target and go from the sources, so a row always stands somewhere, pages that become free serve the
 * target, and what a merge has left to do is what its sources hold, whoever began it.
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
   * Does a slice of the merge that is due, on the lowest level first: those are done soonest, and larger ones wait for
   * them. Within a transaction, behind a refresh of the catalogue.
   * @returns how many rows were moved, about as many as asked for; null where no merge is due
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

  /** The oldest segments: what is merged is always older than what stays behind on its level. */
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
 * What writing owes to merging, in rows to move. In the long run each row moves once to each level there is, so each that
 * is written pays for that and for one move more, which lets a merge end before the next of its level is due. So
 * writing gets slower by little at a time, and there are never many segments, however fast rows come.
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

  /** Nothing is left to move, or it cannot be moved now. */
  settle(): void {
    this.#rows = 0;
  }
}

/** How long one slice of a merge should take, in milliseconds: whoever asks for something waits for it. */
const TARGET_MS = 25;
const MIN_ROWS = 500;

/** How many rows a slice moves: as many as took the time last, so that a slow disk delays nobody for long either. */
export class SliceSize {
  readonly #maxRows: number;
  rows: number;

  constructor(maxRows: number) {
    this.#maxRows = maxRows;
    this.rows = maxRows;
  }

  took(ms: number): void {
    const fitting = (this.rows * TARGET_MS) / Math.max(ms, 1);
    // Halfway there: a checkpoint may have fallen into this one.
    const rows = Math.round((this.rows + fitting) / 2);
    this.rows = Math.min(this.#maxRows, Math.max(MIN_ROWS, rows));
  }
}
