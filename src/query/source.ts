import { comparePositions, decodePosition, encodePosition, POSITION_LENGTH } from '../store/position.ts';
import { positionOf, postingRange } from '../store/postings.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { KeyRange, ReadStore, Row } from '../store/store.ts';
import type { Budget } from './budget.ts';

/** What a query may look at, and how: shared by its sources. */
export interface Scan {
  readonly store: ReadStore;
  readonly snapshot: Snapshot;
  readonly budget: Budget;
  /** From high positions to low ones. */
  readonly reverse: boolean;
  /** The positions within which candidates are looked for, both inclusive. */
  readonly bounds: KeyRange;
}

/** A possible match. A source that had to read the record to find it hands it on. */
export interface Candidate {
  readonly position: Uint8Array;
  readonly record: Uint8Array | null;
}

/** The budget ended: no candidate stands before this position. */
export class Exhausted {
  readonly position: Uint8Array;

  constructor(position: Uint8Array) {
    this.position = position;
  }
}

/**
 * Candidates in the scan's order. `seek` gives the first one at or behind a position, and is called with positions
 * that only move forward in that order; null at the end. Whatever the budget, a source reads once, so that every
 * request gets further.
 */
export interface Source {
  seek(position: Uint8Array): Promise<Candidate | Exhausted | null>;
}

const FIRST_PAGE = 32;
const LAST_PAGE = 1_024;

/** Rows of one table in key order, read a page at a time; pages grow, so that few rows cost little and many go fast. */
abstract class RowSource implements Source {
  protected readonly scan: Scan;
  #rows: Row[] = [];
  #next = 0;
  #more = true;
  #hasRead = false;
  #pageSize = FIRST_PAGE;

  constructor(scan: Scan) {
    this.scan = scan;
  }

  protected abstract readonly table: 'postings' | 'transactions';
  protected abstract range(positions: KeyRange): KeyRange;
  /** The candidate that a visible row stands for; null if it is none. */
  protected abstract candidate(row: Row): Candidate | null;

  async seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    for (;;) {
      for (; this.#next < this.#rows.length; this.#next++) {
        const row = this.#rows[this.#next]!;
        const at = positionOf(row.key);
        if (isBefore(at, position, this.scan.reverse) || !this.scan.snapshot.seesKey(at)) continue;
        const candidate = this.candidate(row);
        if (candidate !== null) return candidate;
      }
      if (!this.#more) return null;
      const from = this.#unread(position);
      if (this.#hasRead && this.scan.budget.exhausted) return new Exhausted(from);
      await this.#read(from);
    }
  }

  /** Where to read on: at the position, or, where the pages read so far reach further, behind them. */
  #unread(position: Uint8Array): Uint8Array {
    const last = this.#rows.at(-1);
    const behind = last === undefined ? null : neighbour(positionOf(last.key), this.scan.reverse);
    return behind !== null && isBefore(position, behind, this.scan.reverse) ? behind : position;
  }

  async #read(from: Uint8Array): Promise<void> {
    const { store, bounds, reverse, budget } = this.scan;
    this.#hasRead = true;
    const positions = reverse ? { min: bounds.min, max: from } : { min: from, max: bounds.max };
    if (comparePositions(positions.min, positions.max) > 0) {
      this.#more = false;
      return;
    }
    const limit = this.#pageSize;
    const [page] = await store.scan(this.table, [this.range(positions)], { limit, reverse });
    this.#rows = page!.rows;
    this.#next = 0;
    this.#more = page!.more;
    this.#pageSize = Math.min(2 * limit, LAST_PAGE);
    const bytes = page!.rows.reduce((sum, { value }) => sum + value.length, 0);
    budget.spend(Math.max(page!.rows.length, 1), bytes);
  }
}

/** The transactions that have a posting of one kind and key. */
export class PostingSource extends RowSource {
  protected readonly table = 'postings';
  readonly #prefix: Uint8Array;
  readonly #accepts: (value: Uint8Array) => boolean;

  /** @param accepts whether a posting with this value can stand for a match */
  constructor(scan: Scan, prefix: Uint8Array, accepts: (value: Uint8Array) => boolean = () => true) {
    super(scan);
    this.#prefix = prefix;
    this.#accepts = accepts;
  }

  protected range(positions: KeyRange): KeyRange {
    return postingRange(this.#prefix, positions);
  }

  protected candidate({ key, value }: Row): Candidate | null {
    return this.#accepts(value) ? { position: positionOf(key), record: null } : null;
  }
}

/** All transactions of the bounds. */
export class ChainSource extends RowSource {
  protected readonly table = 'transactions';

  protected range(positions: KeyRange): KeyRange {
    return positions;
  }

  protected candidate({ key, value }: Row): Candidate {
    return { position: key, record: value };
  }
}

/** Positions that are known already, such as those of given txids. */
export class ListSource implements Source {
  readonly #positions: readonly Uint8Array[];
  readonly #reverse: boolean;
  #next = 0;

  constructor(scan: Scan, positions: readonly Uint8Array[]) {
    const { bounds, snapshot, reverse } = scan;
    this.#reverse = reverse;
    this.#positions = positions
      .filter((p) => isWithin(p, bounds) && snapshot.seesKey(p))
      .sort((a, b) => (reverse ? comparePositions(b, a) : comparePositions(a, b)));
  }

  async seek(position: Uint8Array): Promise<Candidate | null> {
    while (this.#next < this.#positions.length && isBefore(this.#positions[this.#next]!, position, this.#reverse)) {
      this.#next += 1;
    }
    const found = this.#positions[this.#next];
    return found === undefined ? null : { position: found, record: null };
  }
}

/** The first transaction of each block. */
export class CoinbaseSource implements Source {
  readonly #scan: Scan;
  #hasRead = false;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  async seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    const { snapshot, reverse, bounds, budget } = this.#scan;
    const step = reverse ? -1 : 1;
    for (let { height } = decodePosition(position); height >= 0; height += step) {
      const found = encodePosition({ height, fork: snapshot.mainFork(height), index: 0 });
      if (isBefore(found, position, reverse)) continue;
      if (!isWithin(found, bounds)) return null;
      if (this.#hasRead && budget.exhausted) return new Exhausted(found);
      this.#hasRead = true;
      budget.spend(1);
      if (snapshot.covers(height)) return { position: found, record: null };
    }
    return null;
  }
}

/** Whether `a` comes before `b` in the direction of the scan. */
export function isBefore(a: Uint8Array, b: Uint8Array, reverse: boolean): boolean {
  const order = comparePositions(a, b);
  return reverse ? order > 0 : order < 0;
}

/** The next position in the direction of the scan; null behind the last one. */
export function neighbour(position: Uint8Array, reverse: boolean): Uint8Array | null {
  const value = new DataView(position.buffer, position.byteOffset, POSITION_LENGTH).getBigUint64(0);
  const next = reverse ? value - 1n : value + 1n;
  if (next < 0n || next > 0xffff_ffff_ffff_ffffn) return null;
  const bytes = new Uint8Array(POSITION_LENGTH);
  new DataView(bytes.buffer).setBigUint64(0, next);
  return bytes;
}

/** Whether a position lies in a range, both ends included. */
export function isWithin(position: Uint8Array, { min, max }: KeyRange): boolean {
  return comparePositions(position, min) >= 0 && comparePositions(position, max) <= 0;
}
