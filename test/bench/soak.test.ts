import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../services/suite.ts';

const BENCH = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
const IS_SLOW = process.env.BITQL_SLOW_TESTS === '1';
/** Caches are full at once, so whatever grows is none of them. */
const ALWAYS = ['--cache', '1', '--block', '2', '--reorganisation', '10'];
const LENGTH = IS_SLOW ? ['--minutes', '6'] : ['--minutes', '0.5', '--day', '1'];
/** Of the heap without garbage, from the second quarter to the last: in it is all that subscribers and queries hold just then. */
const GROWTH = 1.25;

describeWith('bitcoind')('an index in use, with what moves a chain and whoever asks', () => {
  it('makes no mistake, lets go of what has passed, and holds no more later on', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [BENCH, 'soak', ...ALWAYS, ...LENGTH]);
    const figures = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
    expect(figures.bench).toBe('soak');
    expect(figures.errors).toEqual({ count: 0, first: [] });
    expect(figures.happened.reorganisations).toBeGreaterThan(0);
    expect(figures.subscribers.events).toBeGreaterThan(0);
    expect(figures.quarters).toHaveLength(4);
    const { pending, departures } = figures.rows.at(-1);
    const kept = figures.happened.transactions * (IS_SLOW ? 0.3 : 0.7);
    expect(pending).toBeLessThan(kept);
    expect(departures).toBeLessThan(kept);
    if (IS_SLOW) expect(figures.growth.live_heap).toBeLessThan(GROWTH);
  });
});
