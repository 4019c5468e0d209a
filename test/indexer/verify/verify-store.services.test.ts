import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlockListNode } from '../../../indexer/node/block-list-node.ts';
import { reindexBlocks } from '../../../indexer/reindex/reindex.ts';
import { type Verification, verifyIndex } from '../../../indexer/verify/verify-store.ts';
import { networkById } from '../../../src/chain/networks.ts';
import type { StoreLocation } from '../../../src/store/location.ts';
import { openStore } from '../../../src/store/open.ts';
import { encodePosition } from '../../../src/store/position.ts';
import { POSTING_KINDS } from '../../../src/store/postings.ts';
import { type ChainStore, type Row, TABLES, type Table } from '../../../src/store/store.ts';
import { describeWith } from '../../services/suite.ts';
import { indexQuietly } from '../../support/index-quietly.ts';
import { MadeChain } from '../../support/made-chain.ts';
import { temporaryDatabase } from '../../support/temporary-store.ts';
import { type Vandal, vandalOf } from '../../support/vandal.ts';
import { allRows, visibleRows } from '../../support/visible-rows.ts';

const FROM = 100;
const NETWORK = networkById('btc-regtest');
const SIGNAL = new AbortController().signal;
const LOG = { info() {}, warn() {} };
const CACHE_BYTES = 1_000_000;
const TABLES_OF_BLOCKS = ['blocks', 'totals', 'pages', 'transactions'] as const;

const node = new BlockListNode(NETWORK, FROM, new MadeChain(11).mine(40).blocks);

async function indexInto(location: StoreLocation): Promise<void> {
  const store = await openStore(location, { cacheMiB: 8 });
  await indexQuietly({ store, node, from: FROM, cacheBytes: CACHE_BYTES, once: true });
  await store.close();
}

const verify = (store: ChainStore): Promise<Verification> =>
  verifyIndex({ store, cacheBytes: CACHE_BYTES, signal: SIGNAL });

const mend = (store: ChainStore, heights: Verification['damaged']) =>
  reindexBlocks({ store, node, heights, leaseMs: 60_000, cacheBytes: CACHE_BYTES, log: LOG, signal: SIGNAL });

/** All rows of blocks. */
async function rowsIn(store: ChainStore): Promise<{ table: Table; row: Row }[]> {
  const rows: { table: Table; row: Row }[] = [];
  for (const table of TABLES_OF_BLOCKS) {
    for (const row of await allRows(store, table, TABLES[table])) rows.push({ table, row });
  }
  for (const { tag, length } of Object.values(POSTING_KINDS)) {
    for (const row of await allRows(store, 'postings', 1 + length + 8, tag)) rows.push({ table: 'postings', row });
  }
  return rows;
}

type Deed = 'flip' | 'remove' | 'retype' | 'move';

async function harm(vandal: Vandal, deed: Deed, { table, row: { key } }: { table: Table; row: Row }, bit: number) {
  if (deed === 'flip') await vandal.flip(table, key, bit);
  else if (deed === 'remove') await vandal.remove(table, key);
  else if (deed === 'retype') await vandal.retype(table, key);
  else {
    const other = Uint8Array.from(key);
    // Without turning a posting into one of another kind, with longer keys.
    const from = table === 'postings' ? 1 : 0;
    const at = from + ((bit >>> 3) % (key.length - from));
    other[at]! ^= at === from && table !== 'postings' ? 1 << (bit % 7) : 1 << (bit & 7);
    await vandal.move(table, key, other);
  }
}

function describeDamage(locate: () => { location: StoreLocation; destroy: () => Promise<void> }, runs: number): void {
  let location: StoreLocation;
  let destroy: () => Promise<void>;
  let store: ChainStore;
  let vandal: Vandal;
  let whole: string[];
  let rows: { table: Table; row: Row }[];

  beforeAll(async () => {
    ({ location, destroy } = locate());
    await indexInto(location);
    store = await openStore(location, { cacheMiB: 8 });
    vandal = vandalOf(location);
    whole = await visibleRows(store);
    rows = await rowsIn(store);
  }, 60_000);

  afterAll(async () => {
    await vandal.close();
    await store.close();
    await destroy();
  });

  it('is not found in an untouched index', async () => {
    const verification = await verify(store);
    expect(verification).toMatchObject({ found: 0, findings: [], damaged: [], heights: [FROM, FROM + 39] });
    expect(verification.postings).toBe(rows.filter(({ table }) => table === 'postings').length);
  });

  it('is found and mended, whatever it is', async () => {
    const deed = fc.record({
      deed: fc.constantFrom<Deed>('flip', 'remove', 'retype', 'move'),
      row: fc.nat(),
      isPosting: fc.boolean(),
      bit: fc.nat(4_000),
    });
    const postings = rows.filter(({ table }) => table === 'postings');
    const others = rows.filter(({ table }) => table !== 'postings');
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 5 }), async (deeds) => {
        for (const { deed, row, isPosting, bit } of deeds) {
          const some = isPosting ? postings : others;
          await harm(vandal, deed, some[row % some.length]!, bit).catch(() => {});
        }
        const { found, damaged } = await verify(store);
        if (found > 0) await mend(store, damaged);
        // The next action may have undone the previous one.
        expect(await verify(store)).toMatchObject({ found: 0, findings: [] });
        expect(await visibleRows(store)).toEqual(whole);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  }, 300_000);

  it.each(['flip', 'remove', 'retype', 'move'] as const)(
    'by "%s" of one row is found at its place',
    async (deed) => {
      for (const table of [...TABLES_OF_BLOCKS, 'postings'] as const) {
        const some = rows.filter((row) => row.table === table);
        const { row } = some[Math.floor(some.length / 2)]!;
        await harm(vandal, deed, { table, row }, 77);
        const position = table === 'postings' ? row.key.subarray(-8) : row.key;
        const height = (position[0]! << 16) | (position[1]! << 8) | position[2]!;
        const { found, damaged } = await verify(store);
        expect([table, found]).toEqual([table, expect.toSatisfy((count: number) => count > 0)]);
        expect(damaged.some(([from, to]) => from <= height && height <= to)).toBe(true);
        await mend(store, damaged);
        expect((await verify(store)).findings).toEqual([]);
      }
    },
    120_000,
  );

  it('may be rows that should not exist', async () => {
    const position = encodePosition({ height: FROM + 5, fork: 0, index: 3_000 });
    const { row: transaction } = rows.find(({ table }) => table === 'transactions')!;
    const { row: lock } = rows.find(({ row: { key } }) => key[0] === POSTING_KINDS.lock.tag && key.length === 29)!;
    const stray = Uint8Array.from(lock.key);
    stray[5]! ^= 0xff;
    const { packRows } = await import('../../../src/store/packed-rows.ts');
    await store.write(
      new Map<Table, ReturnType<typeof packRows>>([
        ['transactions', packRows([{ key: position, value: transaction.value }])],
        ['postings', packRows([{ key: stray, value: lock.value }])],
      ]),
    );
    const { damaged, found } = await verify(store);
    expect(found).toBeGreaterThanOrEqual(2);
    await mend(store, damaged);
    expect(await visibleRows(store)).toEqual(whole);
    expect((await verify(store)).found).toBe(0);
  });

  it('at heights that are not indexed cannot be mended', async () => {
    await expect(mend(store, [[FROM - 1, FROM]])).rejects.toMatchObject({ code: 'BAD_SETTING' });
  });
}

describeWith()('damage of an index in SQLite', () => {
  describeDamage(() => {
    const folder = mkdtempSync(join(tmpdir(), 'bitql-verify-'));
    return {
      location: { kind: 'sqlite', file: join(folder, 'chain.db') },
      destroy: async () => rmSync(folder, { recursive: true }),
    };
  }, 25);
});

describeWith('mongodb')('damage of an index in MongoDB', ({ mongodbUri }) => {
  describeDamage(() => {
    const { uri, drop } = temporaryDatabase(mongodbUri);
    return { location: { kind: 'mongodb', uri }, destroy: drop };
  }, 5);
});
