import { describe, expect, it } from 'vitest';
import { crowdedRuns, isOvercrowded, untidyRuns } from '../../../src/store/runs/merge-plan.ts';
import type { Run } from '../../../src/store/runs/run.ts';
import { Random } from '../../chain/random.ts';

/** Merges as a plan says, and counts how often rows are written again. */
class Runs {
  runs: Run[] = [];
  #number = 0;
  added = 0;
  moved = 0;

  add(rows: number): void {
    this.added += rows;
    this.#push(rows);
  }

  merge(plan: (runs: readonly Run[]) => readonly Run[] | null): void {
    for (let sources = plan(this.runs); sources !== null; sources = plan(this.runs)) {
      expect(sources.length).toBeGreaterThan(1);
      const rows = sources.reduce((sum, { rows }) => sum + rows, 0);
      expect(rows).toBeLessThanOrEqual(1_000_000_000);
      this.runs = this.runs.filter((run) => !sources.includes(run));
      this.moved += rows;
      this.#push(rows);
    }
  }

  #push(rows: number): void {
    this.runs.push({ epoch: 1, number: ++this.#number, rows, pages: rows, filters: 1, heights: [0, 0] });
  }
}

describe('merging while many runs are written', () => {
  it('moves each row a few times, and leaves few runs', () => {
    const runs = new Runs();
    const random = new Random(1);
    for (let i = 0; i < 5_000; i++) {
      runs.add(100_000 + random.below(200_000));
      runs.merge(crowdedRuns);
      expect(runs.runs.length).toBeLessThanOrEqual(7 * 6);
      expect(isOvercrowded(runs.runs)).toBe(false);
    }
    expect(runs.moved / runs.added).toBeLessThan(5);
    runs.merge((all) => crowdedRuns(all) ?? untidyRuns(all));
    expect(runs.runs.length).toBeLessThanOrEqual(10);
  });

  it('makes writing wait only if there are many runs of a size', () => {
    const runs = new Runs();
    for (let i = 0; i < 23; i++) runs.add(10);
    expect(isOvercrowded(runs.runs)).toBe(false);
    runs.add(10);
    expect(isOvercrowded(runs.runs)).toBe(true);
  });

  it('makes no run of more than a billion rows, and waits for none that it cannot make', () => {
    const runs = new Runs();
    for (let i = 0; i < 40; i++) runs.add(900_000_000);
    expect(isOvercrowded(runs.runs)).toBe(false);
    runs.merge((all) => crowdedRuns(all) ?? untidyRuns(all));
    expect(runs.runs).toHaveLength(40);
    for (let i = 0; i < 8; i++) runs.add(10);
    runs.merge(crowdedRuns);
    expect(runs.runs).toHaveLength(41);
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
    runs.merge(crowdedRuns);
    runs.merge(untidyRuns);
    most = Math.max(most, runs.runs.length);
  }
  expect(most).toBeLessThanOrEqual(10);
  expect(runs.moved / runs.added).toBeLessThan(100);
});
