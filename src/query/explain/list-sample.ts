import type { Position } from '../../store/position.ts';
import type { Bounds } from '../filter.ts';

/** The place of a row in the chain. */
export type Place = Pick<Position, 'height' | 'index'>;

/** A number of rows. */
export interface RowEstimate {
  readonly rows: number;
  /** Whether they were counted, and not estimated. */
  readonly isExact: boolean;
}

/** The rows at both ends of a section of an ordered list. */
export interface SectionSample {
  readonly heights: Bounds;
  /** From the start of the section on, ascending. */
  readonly first: readonly Place[];
  /** From its end on, descending. */
  readonly last: readonly Place[];
  /** Whether `first` ended at its limit, and not at the end of the section. */
  readonly more: boolean;
}

/**
 * The number of rows in a section: exact if the two ends meet. Otherwise the heights between them are taken to be like those at
 * the ends: as many blocks have rows, and those that do have as many.
 */
export function estimateSection({ heights, first, last, more }: SectionSample): RowEstimate {
  const [left, right] = [first.at(-1), last.at(-1)];
  if (!more || left === undefined || right === undefined) return { rows: first.length, isExact: !more };
  const known = first.length + last.filter((place) => comparePlaces(place, left) > 0).length;
  if (comparePlaces(left, right) >= 0) return { rows: known, isExact: true };
  const unknown = left.height === right.height ? insideBlock(first, last) : between(heights, first, last);
  return { rows: Math.round(known + unknown), isExact: false };
}

/** All estimates together. */
export function total(estimates: readonly RowEstimate[]): RowEstimate {
  return {
    rows: estimates.reduce((sum, { rows }) => sum + rows, 0),
    isExact: estimates.every(({ isExact }) => isExact),
  };
}

/** The heights divided into sections whose lengths differ a little, so that no rhythm of the chain falls in with them. */
export function sectionsOf({ from, to }: Bounds, count: number): Bounds[] {
  const length = to - from + 1;
  const sections = Math.min(count, length);
  const startOf = (i: number) => {
    const shift = i === 0 || i === sections ? 0 : (((i * GOLDEN) % 1) - 0.5) * SHIFT;
    return from + Math.floor((length * (i + shift)) / sections);
  };
  return Array.from({ length: sections }, (_, i) => ({ from: startOf(i), to: startOf(i + 1) - 1 })).filter(
    (section) => section.from <= section.to,
  );
}

const GOLDEN = 0.618;
/** How far the border of a section may be moved, in parts of a section. */
const SHIFT = 0.8;

/** Fewer rows at the start of a block say nothing about its end. */
const LEAST_IN_BLOCK = 4;

/** The rows between both ends, which are in one block. */
function insideBlock(first: readonly Place[], last: readonly Place[]): number {
  const [start, end] = [lastBlockOf(first), lastBlockOf(last)];
  const seen = start.to - start.from + 1 + (end.to - end.from + 1);
  return ((end.from - start.to - 1) * (start.count + end.count)) / seen;
}

/** The rows between both ends, which are in different blocks. */
function between(heights: Bounds, first: readonly Place[], last: readonly Place[]): number {
  const [start, end] = [lastBlockOf(first), lastBlockOf(last)];
  // How far the list reaches into a block, judging by those that were seen.
  const reach = Math.max(...[...first, ...last].map(({ index }) => index)) + 1;
  const restOfStart = start.count < LEAST_IN_BLOCK ? 0 : ((reach - start.to - 1) * start.count) / (start.to + 1);
  const restOfEnd = end.count < LEAST_IN_BLOCK ? 0 : (end.from * end.count) / (end.to - end.from + 1);
  const rowsOfBlock = (first.length + last.length + restOfStart + restOfEnd) / (blocksIn(first) + blocksIn(last));
  const share = shareOfBlocks(heights, first, last);
  return restOfStart + restOfEnd + (end.height - start.height - 1) * share * rowsOfBlock;
}

/**
 * The share of the blocks that have rows. A long way to the first row can mean that rows come in bursts, or that all come after
 * it: so the share with that way and the one without it both count.
 */
function shareOfBlocks({ from, to }: Bounds, first: readonly Place[], last: readonly Place[]): number {
  const blocks = blocksIn(first) + blocksIn(last);
  const heights = first.at(-1)!.height - from + 1 + (to - last.at(-1)!.height + 1);
  // Each end stops at a block that has rows, so half of that block does not count.
  const whole = (blocks - 1) / (heights - 1);
  if (blocks === 2) return whole;
  const spanned = first.at(-1)!.height - first[0]!.height + (last[0]!.height - last.at(-1)!.height);
  return Math.sqrt((whole * (blocks - 2)) / spanned);
}

/** The part of the block that a page ends in which the page has. */
function lastBlockOf(places: readonly Place[]): { height: number; count: number; from: number; to: number } {
  const { height } = places.at(-1)!;
  const indexes = places.filter((place) => place.height === height).map(({ index }) => index);
  return { height, count: indexes.length, from: Math.min(...indexes), to: Math.max(...indexes) };
}

function blocksIn(places: readonly Place[]): number {
  return new Set(places.map(({ height }) => height)).size;
}

function comparePlaces(a: Place, b: Place): number {
  return a.height - b.height || a.index - b.index;
}
