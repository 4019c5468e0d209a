import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chainFiles } from '../../bench/chain/make-chain.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { openStore } from '../../src/store/open.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { expectSameRows, visibleRows } from '../support/visible-rows.ts';

const TRANSACTIONS = 6_000;
/** How much is still damaged when it is killed; after the last kill, all postings are read. */
const LEFT = [0.95, 0.6, 0.3, 0.05, 0];

const sandbox = new Sandbox('reindex-kill');
const file = `${sandbox.folder}/chain.db`;
let blocks: string;
let whole: string[];

beforeAll(async () => {
  blocks = (await chainFiles({ transactions: TRANSACTIONS, folder: sandbox.folder })).folder;
  const done = await bitql(['import', blocks, '--store', file]);
  expect(done.code, done.stderr).toBe(0);
  whole = await rows();
});

afterAll(() => sandbox.close());

async function rows(): Promise<string[]> {
  const store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 8 });
  const found = await visibleRows(store);
  await store.close();
  return found;
}

it('an index is whole once reindex is run again, wherever it was killed', async () => {
  using db = new DatabaseSync(file, { timeout: 10_000 });
  db.exec("UPDATE transactions SET value = x'00' WHERE (key >> 40) % 3 = 1");
  const damagedRows = db.prepare("SELECT count(*) AS n FROM transactions WHERE value = x'00'");
  const left = () => Number(damagedRows.get()!.n);
  const all = left();
  expect(all).toBeGreaterThan(TRANSACTIONS / 4);
  const { stdout } = await bitql(['verify-store', '--store', file, '--json']);
  const { damaged } = JSON.parse(stdout) as { damaged: string };
  const args = ['reindex', '--heights', damaged, '--blocks', blocks, '--store', file];
  const lefts: number[] = [];
  for (const share of LEFT) {
    const running = sandbox.start(`reindex ${share}`, process.execPath, [BITQL, ...args], cleanEnvironment());
    const isThere = () => left() <= share * all || running.result !== undefined;
    await until(`it to have ${share} left`, isThere, { intervalMs: 1 });
    running.kill('SIGKILL');
    await running.ended;
    lefts.push(left());
  }
  // It was killed midway, and the rows that it had repaired stay repaired.
  expect(lefts.some((count) => 0 < count && count < all)).toBe(true);
  expect(lefts).toEqual(lefts.toSorted((a, b) => b - a));
  const mended = await bitql(args);
  expect(mended.code, mended.stderr).toBe(0);
  const verified = await bitql(['verify-store', '--store', file]);
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('The index has no damage')]);
  expectSameRows(await rows(), whole);
}, 240_000);
