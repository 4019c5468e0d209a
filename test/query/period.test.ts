import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Interval, periodOf } from '../../src/query/period.ts';

const seconds = (text: string) => Date.parse(text) / 1_000;
const dates = (time: number, by: Interval) => {
  const { from, to } = periodOf(time, by);
  return [from, to].map((at) => new Date(at * 1_000).toISOString().replace('.000Z', 'Z'));
};

it.each([
  ['HOUR', '2015-05-20T19:08:22Z', '2015-05-20T19:00:00Z', '2015-05-20T20:00:00Z'],
  ['DAY', '2015-05-20T19:08:22Z', '2015-05-20T00:00:00Z', '2015-05-21T00:00:00Z'],
  ['DAY', '2015-05-20T00:00:00Z', '2015-05-20T00:00:00Z', '2015-05-21T00:00:00Z'],
  // A Wednesday, a Sunday, and a Monday.
  ['WEEK', '2015-05-20T19:08:22Z', '2015-05-18T00:00:00Z', '2015-05-25T00:00:00Z'],
  ['WEEK', '2015-05-24T23:59:59Z', '2015-05-18T00:00:00Z', '2015-05-25T00:00:00Z'],
  ['WEEK', '2015-05-25T00:00:00Z', '2015-05-25T00:00:00Z', '2015-06-01T00:00:00Z'],
  ['MONTH', '2016-02-29T12:00:00Z', '2016-02-01T00:00:00Z', '2016-03-01T00:00:00Z'],
  ['MONTH', '2016-12-31T23:59:59Z', '2016-12-01T00:00:00Z', '2017-01-01T00:00:00Z'],
  ['YEAR', '2016-12-31T23:59:59Z', '2016-01-01T00:00:00Z', '2017-01-01T00:00:00Z'],
] as const)('%s: %s is from %s to before %s', (by, time, from, to) => {
  expect(dates(seconds(time), by)).toEqual([from, to]);
});

it('each second of a period has the same period', () => {
  const interval = fc.constantFrom<Interval>('HOUR', 'DAY', 'WEEK', 'MONTH', 'YEAR');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), interval, (time, by) => {
      const period = periodOf(time, by);
      expect(time).toBeGreaterThanOrEqual(period.from);
      expect(time).toBeLessThan(period.to);
      expect([periodOf(period.from, by), periodOf(period.to - 1, by)]).toEqual([period, period]);
      expect(periodOf(period.to, by).from).toBe(period.to);
    }),
  );
});
