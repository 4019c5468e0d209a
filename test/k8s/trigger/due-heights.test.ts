import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueHeights, isDue } from '../../../k8s/operator/trigger/observe.ts';

const from = (after: number, upTo: number): number[] =>
  Array.from({ length: Math.max(0, upTo - after) }, (_, index) => after + 1 + index);

describe('the heights that are due', () => {
  it('are those that their rules allow, a limited number of the newest, a page at a time', () => {
    const rules = fc.record({
      every: fc.integer({ min: 1, max: 7 }),
      fromHeight: fc.nat(60),
      limit: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: -1, max: 60 }),
        fc.integer({ min: -1, max: 90 }),
        rules,
        fc.nat(10),
        (after, upTo, of, page) => {
          const all = from(after, upTo).filter((height) => isDue(height, of));
          const kept = all.slice(-of.limit);
          expect(dueHeights(after, upTo, of, page)).toEqual({
            heights: kept.slice(0, page),
            skipped: all.length - kept.length,
          });
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('are found without a walk over a chain of millions', () => {
    const rules = { every: 1_000, fromHeight: 0, limit: 2 };
    expect(dueHeights(-1, 900_000_500, rules, 10)).toEqual({ heights: [899_999_000, 900_000_000], skipped: 899_999 });
  });
});
