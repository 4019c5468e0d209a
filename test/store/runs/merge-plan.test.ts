import { describe, expect, it } from 'vitest';
import { isOvercrowded, type Merge, nextMerge, totalRows } from '../../../src/store/runs/merge-plan.ts';
import { type Run, runName, wholeRun } from '../../../src/store/runs/run.ts';
import { Random } from '../../chain/random.ts';

/** Merges as a plan says, and counts how often rows are written again. */
class Runs {
  runs: Run[] = [];
  #number = 0;
  added = 0;
  moved = 0;

  add(rows: number): void {
    this.added += rows;
    this.runs.push(this.#run(rows));
  }

  merge(isQuiet = false): void {
    for (let merge = this.#next(isQuiet); merge !== null; merge = this.#next(isQuiet)) this.#finish(merge);
  }

  /** Makes a part of the next merge, and leaves the other part of each source. @returns the series that it has begun */
  begin(isQuiet = false): string {
    const { sources, into } = this.#next(isQuiet)!;
    const half = sources.flatMap(({ runs }) => runs.map((run) => ({ ...run, rows: Math.ceil(run.rows / 2) })));
    const made = this.#run(totalRows(half));
    const name = into ?? runName(made);
    this.#remove(sources);
    this.runs.push({ ...made, series: name, keys: [null, '50'] });
    this.runs.push(...half.map((run) => ({ ...run, keys: ['50', null] as const, into: name })));
    return name;
  }

  #next(isQuiet: boolean): Merge | null {
    return nextMerge(this.runs, isQuiet);
  }

  #finish({ sources, into }: Merge): void {
    expect(sources.length).toBeGreaterThan(1);
    const rows = totalRows(sources);
    this.#remove(sources);
    this.moved += rows;
    const made = this.#run(rows);
    this.runs.push(into === null ? made : { ...made, series: into, keys: ['50', null] });
  }

  #remove(sources: Merge['sources']): void {
    const names = new Set(sources.flatMap(({ runs }) => runs.map(runName)));
    this.runs = this.runs.filter((run) => !names.has(runName(run)));
  }

  #run(rows: number): Run {
    return wholeRun({ epoch: 1, number: ++this.#number }, { rows, pages: rows, filters: 1, heights: [0, 0] });
  }
}

describe('merging while many runs are written', () => {
  it('moves each row a few times, and leaves few runs', () => {
    const runs = new Runs();
    const random = new Random(1);
    for (let i = 0; i < 5_000; i++) {
      runs.add(100_000 + random.below(200_000));
      runs.merge();
      expect(runs.runs.length).toBeLessThanOrEqual(7 * 6);
      expect(isOvercrowded(runs.runs)).toBe(false);
    }
    expect(runs.moved / runs.added).toBeLessThan(5);
    runs.merge(true);
    expect(runs.runs.length).toBeLessThanOrEqual(10);
  });

  it('makes writing wait only if there are many runs of a size', () => {
    const runs = new Runs();
    for (let i = 0; i < 23; i++) runs.add(10);
    expect(isOvercrowded(runs.runs)).toBe(false);
    runs.add(10);
    expect(isOvercrowded(runs.runs)).toBe(true);
  });
});

describe('a merge that was begun', () => {
  it('is continued into the same series before anything larger, and then is one', () => {
    const runs = new Runs();
    for (let i = 0; i < 8; i++) runs.add(1_000_000);
    const name = runs.begin();
    for (let i = 0; i < 8; i++) runs.add(2_000_000);
    expect(nextMerge(runs.runs, false)).toMatchObject({ into: name, sources: { length: 8 } });
    runs.merge();
    expect(runs.runs.filter(({ series }) => series === name)).toHaveLength(2);
    expect(runs.runs.every(({ into }) => into === null)).toBe(true);
  });

  it('waits for smaller ones, and takes part in no other', () => {
    const runs = new Runs();
    for (let i = 0; i < 8; i++) runs.add(1_000_000);
    const name = runs.begin();
    for (let i = 0; i < 8; i++) runs.add(1_000);
    const small = nextMerge(runs.runs, true)!;
    expect(small.into).toBeNull();
    expect(small.sources.map(({ rows }) => rows)).toEqual(Array(8).fill(1_000));
    // What it has made so far looks like a small run.
    for (let i = 0; i < 7; i++) runs.add(4_000_000);
    expect(
      nextMerge(
        runs.runs.filter(({ rows }) => rows > 1_000),
        true,
      ),
    ).toMatchObject({ into: name });
  });

  it('makes nobody wait', () => {
    const runs = new Runs();
    for (let i = 0; i < 30; i++) runs.add(1_000_000);
    runs.begin(true);
    expect(isOvercrowded(runs.runs)).toBe(false);
  });
});

it('merging at the tip moves each row some dozens of times in 100,000 blocks, and leaves few runs', () => {
  const runs = new Runs();
  runs.add(300_000_000);
  runs.added = 0;
  const random = new Random(2);
  let most = 0;
  for (let block = 0; block < 100_000; block++) {
    runs.add(1_000 + random.below(30_000));
    runs.merge(true);
    most = Math.max(most, runs.runs.length);
  }
  expect(most).toBeLessThanOrEqual(10);
  expect(runs.moved / runs.added).toBeLessThan(100);
});
