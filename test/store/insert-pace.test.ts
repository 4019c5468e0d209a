import { describe, expect, it } from 'vitest';
import { InsertPace } from '../../src/store/mongo/insert-pace.ts';

/** Answers of a database whose answer time depends on the inserts under way. @returns how many were, answer by answer */
function course(pace: InsertPace, msFor: (atOnce: number) => number, answers: number): number[] {
  return Array.from({ length: answers }, () => {
    pace.answered(1_000_000, msFor(pace.atOnce));
    return pace.atOnce;
  });
}

const whileReading = () => 50;
const whileComputing = (atOnce: number) => 25 * atOnce;
const mean = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

describe('inserts at the same time', () => {
  it('become more while the database only waits for its disk, up to a bound', () => {
    const course1 = course(new InsertPace(), whileReading, 200);
    expect([course1[0], Math.max(...course1), course1.at(-1)]).toEqual([2, 16, expect.any(Number)]);
    expect(mean(course1.slice(100))).toBeGreaterThanOrEqual(8);
  });

  it('stay few while it is busy', () => {
    expect(mean(course(new InsertPace(), whileComputing, 5_000))).toBeLessThan(2.2);
  });

  it('follow the database when it becomes busy, or begins to wait', () => {
    const pace = new InsertPace();
    course(pace, whileReading, 1_000);
    expect(mean(course(pace, whileComputing, 20_000).slice(5_000))).toBeLessThan(3);
    expect(mean(course(pace, whileReading, 5_000).slice(2_500))).toBeGreaterThanOrEqual(8);
  });

  it('are never more than the bound, and each is made once', async () => {
    const pace = new InsertPace();
    let under = 0;
    let most = 0;
    let made = 0;
    const insert = async () => {
      most = Math.max(most, ++under);
      await new Promise(setImmediate);
      under -= 1;
      made += 1;
    };
    await Promise.all(Array.from({ length: 300 }, () => pace.run(10, insert)));
    expect(made).toBe(300);
    expect(most).toBeLessThanOrEqual(16);
  });
});
