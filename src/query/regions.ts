import { encodeCommitNumber, isArrival } from '../store/commit-number.ts';
import { comparePositions, decodePosition, heightRange } from '../store/position.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { KeyRange, ReadStore } from '../store/store.ts';
import type { Bounds } from './filter.ts';
import type { Budget } from './work.ts';

/** Sorts before all arrivals, and after the positions of all blocks. */
const FIRST_ARRIVAL = encodeCommitNumber({ epoch: 0, counter: 0 });

/** The positions that a snapshot can see in blocks; null while there is no block. */
function blockRange({ tip }: Snapshot): KeyRange | null {
  return tip === null ? null : heightRange(0, tip.height);
}

/** The arrivals that a snapshot can see. */
export function arrivalRange({ commit }: Snapshot): KeyRange {
  return { min: FIRST_ARRIVAL, max: encodeCommitNumber(commit) };
}

/** From the first block to the last unconfirmed transaction. */
export function everywhere(snapshot: Snapshot): KeyRange {
  return { min: heightRange(0, 0).min, max: arrivalRange(snapshot).max };
}

/** What a query may read, and how; shared by its sources. */
export interface Scan {
  readonly store: ReadStore;
  readonly snapshot: Snapshot;
  readonly budget: Budget;
  /** From high positions to low ones. */
  readonly reverse: boolean;
  /** The positions to search, both inclusive. */
  readonly bounds: KeyRange;
  /** Whether to search transactions that left the mempool without being in a block, instead of confirmed and pending ones. */
  readonly removed: boolean;
  /** How many candidates are enough if all of them match. */
  readonly wanted: number;
  /** The rows of the first page of each source [32, or as many as are wanted]. */
  readonly firstPage?: number;
}

/** A part of the bounds whose rows are in one table: of blocks, of pending transactions, or of removed ones. */
export interface Region {
  readonly kind: 'blocks' | 'pending' | 'removed';
  readonly positions: KeyRange;
}

/** The parts of the bounds in which the snapshot can see rows, in the direction of the scan. */
export function regionsOf({ snapshot, bounds, reverse, removed }: Scan): Region[] {
  const blocks = removed ? null : blockRange(snapshot);
  const arrivals = snapshot.isPast ? null : overlap(arrivalRange(snapshot), bounds);
  const regions = [
    { kind: 'blocks' as const, positions: blocks === null ? null : overlap(blocks, bounds) },
    { kind: removed ? ('removed' as const) : ('pending' as const), positions: arrivals },
  ];
  const left = regions.filter((region): region is Region => region.positions !== null);
  return reverse ? left.reverse() : left;
}

/** The intersection of two ranges of positions; null if it is empty. */
export function overlap(a: KeyRange, b: KeyRange): KeyRange | null {
  const min = comparePositions(a.min, b.min) > 0 ? a.min : b.min;
  const max = comparePositions(a.max, b.max) < 0 ? a.max : b.max;
  return comparePositions(min, max) > 0 ? null : { min, max };
}

/**
 * The heights in a range of positions; null if it has only unconfirmed transactions.
 * @param tip the last height if the range goes on to unconfirmed transactions
 */
export function heightsIn({ min, max }: KeyRange, tip = Number.POSITIVE_INFINITY): Bounds | null {
  if (isArrival(min)) return null;
  return { from: decodePosition(min).height, to: isArrival(max) ? tip : decodePosition(max).height };
}
