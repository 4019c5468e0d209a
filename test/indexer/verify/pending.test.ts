import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox } from '../../../dev/sandbox.ts';
import { verifyIndex } from '../../../indexer/verify/verify-store.ts';
import type { StoreLocation } from '../../../src/store/location.ts';
import { openStore } from '../../../src/store/open.ts';
import { POSTING_KINDS } from '../../../src/store/postings.ts';
import { TABLES, type Table } from '../../../src/store/store.ts';
import { MovingChain } from '../../support/moving-chain.ts';
import { p2pkhScript } from '../../support/synthetic-chain.ts';
import { vandalOf } from '../../support/vandal.ts';
import { allRows } from '../../support/visible-rows.ts';

const SCRIPT = p2pkhScript(1);
let sandbox: Sandbox;
let chain: MovingChain;
let location: StoreLocation;

beforeAll(async () => {
  sandbox = new Sandbox('verify-pending');
  location = { kind: 'sqlite', file: join(sandbox.folder, 'chain.db') };
  chain = await MovingChain.create([{ value: 50, script: SCRIPT }], await openStore(location, { cacheMiB: 8 }));
  const inputs = [{ txid: new Uint8Array(32).fill(7), index: 0 }];
  const arrive = [1, 2, 3].map((value) => chain.make(inputs, [{ value, script: SCRIPT }]));
  chain.summarise({ count: arrive.length, virtualSize: 0, fees: 0, histogram: [] });
  await chain.commit({ arrive });
});

afterAll(async () => {
  await chain.close();
  await sandbox.close();
});

const verify = () => verifyIndex({ store: chain.store, cacheBytes: 1_000_000, signal: new AbortController().signal });

it('finds nothing wrong with unconfirmed transactions', async () => {
  expect(await verify()).toMatchObject({ found: 0, findings: [] });
});

it.each(['flip', 'remove'] as const)('finds damage of unconfirmed transactions by "%s"', async (deed) => {
  const vandal = vandalOf(location);
  const { tag, length } = POSTING_KINDS.lock;
  const tables: [Table, number, number?][] = [
    ['pendingPostings', 9 + length, tag],
    ['pending', TABLES.pending],
  ];
  for (const [table, size, kind] of tables) {
    const rows = await allRows(chain.store, table, size, kind).catch(() => []);
    const row = rows.at(-1);
    if (row === undefined) continue;
    await vandal[deed](table, row.key, 5);
    const { found, findings, damaged } = await verify();
    expect([table, found]).toEqual([table, expect.toSatisfy((count: number) => count > 0)]);
    expect(findings[0]).toMatchObject({ height: null });
    expect(damaged).toEqual([]);
    if (deed === 'flip') await vandal.flip(table, row.key, 5);
  }
  await vandal.close();
});
