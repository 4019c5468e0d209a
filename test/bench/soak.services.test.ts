import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Figures } from '../../bench/soak/report.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';

const BENCH = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
const MINUTES = amount({ usual: 0.5, long: 6 });
/** A day of the index has passed before the second quarter of a long run. */
const IS_LONG = MINUTES > 1;
/** Caches fill at once, so growth is not theirs. */
const ALWAYS = ['--cache', '1', '--block', '2', '--reorganisation', '10'];
const LENGTH = ['--minutes', String(MINUTES), '--day', IS_LONG ? '3' : '1'];
/** Far longer than needed. */
const TIMEOUT_MS = amount({ usual: 5 * 60_000, long: 20 * 60_000 });
/**
 * The growth of the heap without garbage, from the second quarter to the last. It includes everything that subscribers and queries
 * hold at that moment.
 */
const GROWTH = 1.25;
/** Of all transactions. */
const KEPT = 0.3;

describeWith('bitcoind')('an index in use, with a changing chain and many callers', () => {
  it(
    'makes no mistake, releases old data, and holds no more memory later',
    async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [BENCH, 'soak', ...ALWAYS, ...LENGTH], {
        timeout: TIMEOUT_MS,
      });
      const { bench, ...figures }: { bench: string } & Figures = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
      expect(bench).toBe('soak');
      expect(figures.errors).toEqual({ count: 0, first: [] });
      expect(figures.happened.reorganisations).toBeGreaterThan(0);
      expect(figures.subscribers.events).toBeGreaterThan(0);
      expect(figures.quarters).toHaveLength(4);
      if (IS_LONG) expectSettled(figures);
    },
    TIMEOUT_MS,
  );
});

function expectSettled({ rows, happened, growth }: Figures): void {
  // Mined transactions are kept for eight seconds, and the few that were lost for three minutes.
  for (const { pending, departures } of rows)
    expect(Math.max(pending, departures)).toBeLessThan(KEPT * happened.transactions);
  expect(growth.live_heap).toBeLessThan(GROWTH);
}
