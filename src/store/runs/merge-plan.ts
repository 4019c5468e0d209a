import type { Run } from './run.ts';

/** How many series of about the same size are merged while many are written. */
const CROWD = 8;
/** While nothing else happens, each series is made at least this many times as large as all smaller ones together. */
const RATIO = 8;
/** Series below this size are one class: one of few rows costs as much as one of many. */
const SMALLEST = 4_096;
/** Writing waits while a class has this many: then merging has fallen behind. */
const OVERCROWDED = 3 * CROWD;

/** Runs that one merge has made, in the order of their keys. They cost as much as one. */
export interface Series {
  readonly name: string;
  readonly runs: readonly Run[];
  readonly rows: number;
}

export interface Merge {
  readonly sources: readonly Series[];
  /** The name of the series that it has begun; null for a new one. */
  readonly into: string | null;
}

/**
 * What to merge next: series of about the same size if there are many, or what was begun, whichever is smaller, since many small runs come while a
 * large merge is made.
 * @param isQuiet whether nothing else happens; then it is also made so that only few series are left
 */
export function nextMerge(runs: readonly Run[], isQuiet: boolean): Merge | null {
  const { begun, others } = sorted(runs);
  const crowded = crowdedSeries(others);
  const smallest = begun[0];
  if (smallest !== undefined && (crowded === null || totalRows(crowded) >= totalRows(smallest.sources)))
    return smallest;
  const sources = crowded ?? (isQuiet ? untidySeries(others) : null);
  return sources === null ? null : { sources, into: null };
}

/** Whether there are so many series of a size that writing must wait. */
export function isOvercrowded(runs: readonly Run[]): boolean {
  return classesOf(sorted(runs).others).some((ofClass) => ofClass.length >= OVERCROWDED);
}

export function totalRows(parts: readonly { readonly rows: number }[]): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}

/** The merges that were begun, and the series that have no part in one, both by size. */
function sorted(runs: readonly Run[]): { readonly begun: readonly Merge[]; readonly others: readonly Series[] } {
  const all = seriesOf(runs);
  const targets = new Set(runs.flatMap(({ into }) => into ?? []));
  const begun = [...targets].map((into) => ({ into, sources: all.filter(({ runs }) => runs[0]!.into === into) }));
  return {
    begun: begun.sort((a, b) => totalRows(a.sources) - totalRows(b.sources)),
    others: all.filter(({ name, runs }) => !targets.has(name) && runs[0]!.into === null),
  };
}

function seriesOf(runs: readonly Run[]): Series[] {
  const series = Map.groupBy(runs, ({ series }) => series);
  return [...series]
    .map(([name, members]) => {
      const ordered = members.sort((a, b) => (lowestKey(a) < lowestKey(b) ? -1 : 1));
      return { name, runs: ordered, rows: totalRows(ordered) };
    })
    .sort((a, b) => a.rows - b.rows);
}

function lowestKey({ keys: [from] }: Run): string {
  return from ?? '';
}

/** The series to merge because there are many of about the same size, the smallest first; null if there are not. */
function crowdedSeries(all: readonly Series[]): readonly Series[] | null {
  return (
    classesOf(all)
      .find((ofClass) => ofClass.length >= CROWD)
      ?.slice(0, CROWD) ?? null
  );
}

/** The series to merge so that only few are left; null if there are only few. */
function untidySeries(all: readonly Series[]): readonly Series[] | null {
  let sum = 0;
  let count = 0;
  for (const [i, { rows }] of all.entries()) {
    if (sum * RATIO > rows) count = i + 1;
    sum += rows;
  }
  return count === 0 ? null : all.slice(0, count);
}

/** By size, each class for sizes up to eight times those of the one before. */
function classesOf(all: readonly Series[]): Series[][] {
  const classes: Series[][] = [];
  for (const series of all) {
    const index = Math.max(0, Math.floor(Math.log(Math.max(1, series.rows) / SMALLEST) / Math.log(CROWD)) + 1);
    classes[index] ??= [];
    classes[index].push(series);
  }
  return classes.filter((ofClass) => ofClass !== undefined);
}
