import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Figures } from '../../bench/postings/report.ts';
import { temporaryFolder } from '../../src/temporary-folder.ts';

const BENCH = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
const SIZES = ['--transactions', '6000', '--cached-rows', '20000', '--cache', '1', '--seconds', '0.1'];

it('measures how postings are written and looked up, as runs and each as a row', async () => {
  const cache = temporaryFolder('bitql-bench-test');
  const args = ['postings', '--store', 'sqlite', ...SIZES];
  const env = { ...process.env, BITQL_BENCH_CACHE: cache };
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...args], { env }).finally(() =>
    rmSync(cache, { recursive: true }),
  );
  const { bench, results } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
  expect(bench).toBe('postings');
  expect(Object.keys(results)).toEqual(['sqlite, in cache', 'sqlite, beyond a cache of 1 MiB']);
  for (const { runs, rows } of Object.values<Figures>(results)) {
    expect(runs.written.rows).toBeGreaterThan(20_000);
    expect(rows.written.rows).toBe(runs.written.rows);
    expect(rows.written.runs).toBe(0);
    expect(runs.written.liveBytes).toBeLessThan(rows.written.liveBytes);
    for (const name of ['txid', 'newest 25, rare', 'newest 25, hot', 'fold', '60 spends'] as const) {
      expect(runs.lookUps[name].rows).toBeGreaterThan(0);
    }
    expect(runs.lookUps.fold.rows).toBe(rows.lookUps.fold.rows);
    expect(runs.lookUps['60 spends'].rows).toBe(60);
  }
});
