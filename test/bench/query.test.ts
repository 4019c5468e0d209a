import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Figures } from '../../bench/query/report.ts';
import { temporaryFolder } from '../../src/temporary-folder.ts';

const BENCH = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));

it('measures how long questions take, and how many rows are read for those that are returned', async () => {
  const cache = temporaryFolder('bitql-bench-test');
  const args = ['query', '--transactions', '3000', '--cache', cache, '--requests', '3', '--node-transactions', '0'];
  const { stdout } = await promisify(execFile)(process.execPath, [BENCH, ...args]).finally(() =>
    rmSync(cache, { recursive: true }),
  );
  const { bench, store, transactions, results } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
  expect({ bench, store, transactions }).toEqual({ bench: 'query', store: 'sqlite', transactions: 3_000 });
  const { questions, hot_to_cold, missed }: Figures = results;
  const of = (name: string) => questions.find((question) => question.name === name);
  expect(of('transaction by id')).toMatchObject({ returned: 1, examined: 2, refused: null });
  expect(of('transaction by an id that is none')).toMatchObject({ returned: 0, examined: 0 });
  expect(of('hot address, a page')).toMatchObject({ returned: 100, kind: 'index' });
  expect(of('a push that occurs once')).toMatchObject({ returned: 1 });
  expect(of('and of two halves that never meet')).toMatchObject({ returned: 0, kind: 'scan' });
  expect(hot_to_cold).toBeGreaterThan(0);
  expect(missed.beyond).toEqual([]);
});
