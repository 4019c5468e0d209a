import type { Run } from './run.ts';

/** How many runs of about the same size are merged while many are written. */
const CROWD = 8;
/** While nothing else happens, each run is made at least this many times as large as all smaller ones together. */
const RATIO = 8;
/** No merge makes a larger run, so that a merge never needs much more room on the disk than this takes: some 20 GB. */
const MOST_ROWS = 1_000_000_000;
/** Runs below this size are one class: a run of few rows costs as much as a run of many. */
const SMALLEST = 4_096;
/** Writing waits while a class has this many: then merging has fallen behind. */
const OVERCROWDED = 3 * CROWD;

/** The runs to merge because there are many of about the same size, the smallest first; null if there are not. */
export function crowdedRuns(runs: readonly Run[]): readonly Run[] | null {
  const found = classesOf(runs).find((ofClass) => ofClass.length >= CROWD);
  return found === undefined ? null : fitting(found.slice(0, CROWD));
}

/** Whether there are so many of a size that writing must wait. */
export function isOvercrowded(runs: readonly Run[]): boolean {
  return classesOf(runs).some((ofClass) => ofClass.length >= OVERCROWDED && fitting(ofClass) !== null);
}

/** The runs to merge so that only few are left; null if there are only few. */
export function untidyRuns(runs: readonly Run[]): readonly Run[] | null {
  const bySize = runs.filter(({ rows }) => rows < MOST_ROWS).sort((a, b) => a.rows - b.rows);
  let sum = 0;
  let count = 0;
  for (const [i, { rows }] of bySize.entries()) {
    // Otherwise the others would become one again and again, each time with little more.
    if (sum + rows > MOST_ROWS) break;
    if (sum * RATIO > rows) count = i + 1;
    sum += rows;
  }
  return count === 0 ? null : bySize.slice(0, count);
}

/** As many of the runs as may become one, the smallest first; null if that is only one. */
function fitting(runs: readonly Run[]): readonly Run[] | null {
  let rows = 0;
  const fit = runs.filter((run) => {
    rows += run.rows;
    return rows <= MOST_ROWS;
  });
  return fit.length < 2 ? null : fit;
}

/** The runs by size, each class for sizes up to eight times those of the one before. */
function classesOf(runs: readonly Run[]): Run[][] {
  const classes: Run[][] = [];
  for (const run of [...runs].sort((a, b) => a.rows - b.rows)) {
    if (run.rows >= MOST_ROWS) continue;
    const index = Math.max(0, Math.floor(Math.log(Math.max(1, run.rows) / SMALLEST) / Math.log(CROWD)) + 1);
    classes[index] ??= [];
    classes[index].push(run);
  }
  return classes.filter((ofClass) => ofClass !== undefined);
}
