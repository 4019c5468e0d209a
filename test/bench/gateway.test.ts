import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Figures } from '../../bench/gateway/report.ts';

const BENCH = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));

const speed = { requests_per_second: expect.any(Number), p99_ms: expect.any(Number), processor_ms: expect.any(Number) };
const bySize = { small: speed, large: speed };

it('measures a gateway and servers that give the same answers', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, 'gateway', '--rounds', '1', '--seconds', '1']);
  const { bench, results } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
  expect(bench).toBe('gateway');
  const { servers, ratios, processor_ratios }: Figures = results;
  expect(servers).toEqual({ bitql: bySize, mercurius: bySize, apollo: bySize, ceiling: bySize });
  expect(servers.bitql.large.requests_per_second).toBeGreaterThan(0);
  expect(ratios.apollo.large).toBeGreaterThan(0);
  expect(processor_ratios.mercurius.large).toBeGreaterThan(0);
});
