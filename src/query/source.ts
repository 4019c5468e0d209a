import { isArrival } from '../store/commit-number.ts';
import { comparePositions, decodePosition, encodePosition, neighbour } from '../store/position.ts';
import { positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import type { KeyRange, Page, Row, ScanOptions } from '../store/store.ts';
import { type PostingPage, pendingPage, postingPage } from './pending-postings.ts';
import { type Region, regionsOf, type Scan } from './regions.ts';
import { requireAllTransactions } from './whole-blocks.ts';

/** A possible match, with its record if the source has read it. */
export interface Candidate {
  readonly position: Uint8Array;
  readonly record: Uint8Array | null;
}

/** The budget is used up: there is no candidate before this position. */
export class Exhausted {
  readonly position: Uint8Array;

  constructor(position: Uint8Array) {
    this.position = position;
  }
}

/**
 * Candidates in the scan's order. `seek` returns the first one at or after a position, null at the end; it is called with
 * positions that only move forward in that order. A source reads at least once, whatever the budget, so that every
 * request makes progress.
 */
export interface Source {
  seek(position: Uint8Array): Promise<Candidate | Exhausted | null>;
}

const FIRST_PAGE = 32;
const SHORTEST_PAGE = 4;
const LONGEST_PAGE = 1_024;
const NO_KEY = new Uint8Array(0);

/**
 * Rows of blocks and then of unconfirmed transactions, or in reverse, read a page at a time. Pages grow while most of their
 * rows are used, so that many are read fast, and shrink where another source skips them.
 */
abstract class RowSource implements Source {
  protected readonly scan: Scan;
  /** The regions that are still to be read, in the direction of the scan. */
  #left: readonly Region[];
  #candidates: readonly Candidate[] = [];
  #next = 0;
  #hasRead = false;
  #pageSize: number;
  /** Whether the last page ended at its size: a shorter one, such as that of an empty mempool, says nothing of the next. */
  #wasFull = false;
  /** How often a candidate of the last page was returned. */
  #used = 0;

  constructor(scan: Scan) {
    this.scan = scan;
    this.#pageSize = scan.firstPage ?? Math.max(FIRST_PAGE, scan.wanted);
    this.#left = regionsOf(scan);
  }

  /** The prefix of the postings of transactions that are in no block. */
  protected abstract readonly prefix: Uint8Array;
  /** A page of rows of blocks. */
  protected abstract inBlocks(positions: KeyRange, options: Pick<ScanOptions, 'limit' | 'reverse'>): Promise<Page>;
  /** Throws if rows of blocks are missing in a range. Only possible if it is known which there should be. */
  protected async requireAll(_rows: readonly Row[], _positions: KeyRange): Promise<void> {}
  /** The candidate of a visible row; null if it is none. */
  protected abstract candidate(row: Row): Candidate | null;

  async seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    const { reverse, budget } = this.scan;
    for (;;) {
      for (; this.#next < this.#candidates.length; this.#next++) {
        const candidate = this.#candidates[this.#next]!;
        if (isBefore(candidate.position, position, reverse)) continue;
        this.#used += 1;
        return candidate;
      }
      this.#skipTo(position);
      const [region] = this.#left;
      if (region === undefined) return null;
      const { min, max } = region.positions;
      if (this.#hasRead && budget.exhausted) return new Exhausted(reverse ? max : min);
      await this.#read(region);
    }
  }

  /** Drops the parts of regions before a position. They do not overlap and are in order, so at most the first that is left is cut. */
  #skipTo(position: Uint8Array): void {
    const { reverse } = this.scan;
    const isLeft = ({ positions: { min, max } }: Region) => !isBefore(reverse ? min : max, position, reverse);
    const from = this.#left.findIndex(isLeft);
    if (from !== 0) this.#left = from < 0 ? [] : this.#left.slice(from);
    const [first, ...others] = this.#left;
    if (first === undefined || !isBefore(reverse ? first.positions.max : first.positions.min, position, reverse))
      return;
    const positions = reverse ? { ...first.positions, max: position } : { ...first.positions, min: position };
    this.#left = [{ kind: first.kind, positions }, ...others];
  }

  async #read(region: Region): Promise<void> {
    const { reverse, budget } = this.scan;
    if (this.#wasFull) this.#pageSize = this.#nextPageSize();
    this.#hasRead = true;
    const { rows, end } = await this.#pageOf(region, this.#pageSize);
    this.#wasFull = end !== null;
    const behind = end === null ? null : neighbour(positionOf(end), reverse);
    if (behind === null) this.#left = this.#left.slice(1);
    else this.#skipTo(behind);
    const bytes = rows.reduce((sum, { value }) => sum + value.length, 0);
    budget.spend(Math.max(rows.length, 1), bytes);
    this.#candidates = rows
      .filter(({ key }) => this.scan.snapshot.seesKey(key))
      .map((row) => this.candidate(row))
      .filter((candidate) => candidate !== null);
    this.#next = 0;
    this.#used = 0;
  }

  #nextPageSize(): number {
    const isUsed = 2 * this.#used >= this.#candidates.length;
    return isUsed
      ? Math.min(2 * this.#pageSize, LONGEST_PAGE)
      : Math.max(Math.floor(this.#pageSize / 4), SHORTEST_PAGE);
  }

  async #pageOf({ kind, positions }: Region, limit: number): Promise<PostingPage> {
    const { store, snapshot, reverse } = this.scan;
    const options = { limit, reverse };
    const range = postingRange(this.prefix, positions);
    if (kind === 'pending') return pendingPage(store, snapshot, range, options);
    if (kind === 'removed') return postingPage(store, 'removedPostings', range, options);
    const { rows, more } = await this.inBlocks(positions, options);
    await this.requireAll(reverse ? rows.toReversed() : rows, more ? upTo(rows, positions, reverse) : positions);
    return { rows, end: more ? rows.at(-1)!.key : null };
  }
}

/** The transactions that have a posting of one kind and key. */
export class PostingSource extends RowSource {
  protected readonly prefix: Uint8Array;
  readonly #accepts: (value: Uint8Array) => boolean;

  /** @param accepts whether a posting with this value can stand for a match */
  constructor(scan: Scan, prefix: Uint8Array, accepts: (value: Uint8Array) => boolean = () => true) {
    super(scan);
    this.prefix = prefix;
    this.#accepts = accepts;
  }

  protected async inBlocks(positions: KeyRange, options: ScanOptions): Promise<Page> {
    const [page] = await this.scan.store.scan('postings', [postingRange(this.prefix, positions)], options);
    return page!;
  }

  protected candidate({ key, value }: Row): Candidate | null {
    return this.#accepts(value) ? { position: positionOf(key), record: null } : null;
  }
}

/** All transactions of the bounds. */
export class ChainSource extends RowSource {
  protected readonly prefix = postingPrefix('all', NO_KEY);

  protected async inBlocks(positions: KeyRange, options: ScanOptions): Promise<Page> {
    const [page] = await this.scan.store.scan('transactions', [positions], options);
    return page!;
  }

  protected override requireAll(rows: readonly Row[], positions: KeyRange): Promise<void> {
    return requireAllTransactions(rows, positions, this.scan.snapshot, this.scan.store);
  }

  /** In blocks the row is the record; an unconfirmed transaction has only a posting here. */
  protected candidate({ key, value }: Row): Candidate {
    const position = positionOf(key);
    return { position, record: isArrival(position) ? null : value };
  }
}

/** Visible positions that are already known, such as those of given txids. */
export class ListSource implements Source {
  readonly #positions: readonly Uint8Array[];
  readonly #reverse: boolean;
  #next = 0;

  constructor(scan: Scan, positions: readonly Uint8Array[]) {
    const { bounds, reverse } = scan;
    this.#reverse = reverse;
    this.#positions = positions
      .filter((position) => isWithin(position, bounds))
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
  /** Null if the bounds have no blocks. */
  readonly #blocks: KeyRange | null;
  #hasRead = false;

  constructor(scan: Scan) {
    this.#scan = scan;
    this.#blocks = regionsOf(scan).find(({ kind }) => kind === 'blocks')?.positions ?? null;
  }

  async seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    const { snapshot, reverse, budget } = this.#scan;
    const bounds = this.#blocks;
    if (bounds === null) return null;
    const step = reverse ? -1 : 1;
    const start = reverse && isBefore(position, bounds.max, true) ? bounds.max : position;
    for (let { height } = decodePosition(start); height >= 0; height += step) {
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

/** The part of a range that was read when a page ended at its limit. */
function upTo(rows: readonly Row[], { min, max }: KeyRange, reverse: boolean): KeyRange {
  const last = positionOf(rows.at(-1)!.key);
  return reverse ? { min: last, max } : { min, max: last };
}

/** Whether `a` comes before `b` in the direction of the scan. */
function isBefore(a: Uint8Array, b: Uint8Array, reverse: boolean): boolean {
  const order = comparePositions(a, b);
  return reverse ? order > 0 : order < 0;
}

/** Whether a position is in a range, both ends included. */
export function isWithin(position: Uint8Array, { min, max }: KeyRange): boolean {
  return comparePositions(position, min) >= 0 && comparePositions(position, max) <= 0;
}
