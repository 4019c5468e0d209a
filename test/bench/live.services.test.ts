import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Figures } from '../../bench/live/report.ts';
import { describeWith } from '../services/suite.ts';

const BENCH = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
const A_FEW = ['--transactions', '4', '--quiet', '1', '--blocks', '2', '--large', '5', '--mean', '20', '--events', '3'];
const SOME = ['--subscribers', '30,60', '--per-connection', '15'];

const times = { p50_ms: expect.any(Number), p99_ms: expect.any(Number) };

describeWith('bitcoind')('the measurement of how long subscribers wait', () => {
  it('prints its figures, using a real node and processes of its own', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      BENCH,
      'live',
      '--store',
      'sqlite',
      ...A_FEW,
      ...SOME,
    ]);
    const { bench, results } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
    expect(bench).toBe('live');
    const figures: Figures = results.sqlite;
    expect(figures.latency).toMatchObject({ 'node (ZMQ)': times, SSE: times, WebSocket: times });
    expect(figures.blocks).toMatchObject({ 'node (ZMQ)': times, SSE: times, WebSocket: times });
    expect(figures.fan_out).toMatchObject({ different: { 30: times, 60: times }, same: { 30: times, 60: times } });
    // No subscriber can receive a transaction before its node has accepted it.
    expect(figures.latency.SSE!.p50_ms).toBeGreaterThan(0);
    expect(figures.ratio).toBeGreaterThan(0);
    expect(figures.growth.different).toBeGreaterThan(0);
  });
});
