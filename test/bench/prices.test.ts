import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Figures } from '../../bench/prices/report.ts';

const BENCH = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
/** Shapes that are answered, refused, cut off by the limit, or replayed, over each transport. */
const ONLY =
  '^(chain, small|no GraphQL, 4 KB|conflicts|relatives in a line of 25|a wallet, always another|GET: bytes of a transaction|(SSE|WebSocket): (a query|10,000 events again))$';
const TINY = ['--scale', '0.01', '--seconds', '0.05', '--only', ONLY];

it('measures queries of different shapes, and what they are charged', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, 'prices', ...TINY]);
  const { bench, results } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
  expect(bench).toBe('prices');
  const { shapes, median, met }: Figures = results;
  const outcomes = Object.fromEntries(shapes.map(({ shape, outcome }) => [shape, outcome]));
  expect(outcomes).toEqual({
    'chain, small': 'ok',
    conflicts: 'ok',
    'relatives in a line of 25': 'ok',
    'a wallet, always another': 'ok',
    'GET: bytes of a transaction': 'ok',
    'no GraphQL, 4 KB': 'GRAPHQL_PARSE_FAILED',
    'SSE: a query': 'ok',
    'WebSocket: a query': 'ok',
    'SSE: 10,000 events again': 'ok',
    'WebSocket: 10,000 events again': 'ok',
  });
  expect(shapes.map(({ note }) => note).join('')).toBe('');
  expect(median).toBeGreaterThan(0);
  expect(met).toEqual({ dearest: expect.any(Boolean), livez_max_ms: expect.any(Boolean) });
  for (const { ms_per_1000_points, points, livez_max_ms } of shapes) {
    expect(ms_per_1000_points).toBeGreaterThan(0);
    // A request costs this by itself.
    expect(points).toBeGreaterThanOrEqual(100);
    expect(livez_max_ms).toBeGreaterThan(0);
  }
});
