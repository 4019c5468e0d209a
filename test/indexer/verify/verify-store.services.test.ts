import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlockListNode } from '../../../indexer/node/block-list-node.ts';
import { reindexBlocks } from '../../../indexer/reindex/reindex.ts';
import { type Verification, verifyIndex } from '../../../indexer/verify/verify-store.ts';
import { networkById } from '../../../src/chain/networks.ts';
import { recordName } from '../../../src/store/errors.ts';
import type { StoreLocation } from '../../../src/store/location.ts';
import { openStore } from '../../../src/store/open.ts';
import { packRows } from '../../../src/store/packed-rows.ts';
import { decodePosition, encodePosition } from '../../../src/store/position.ts';
import { POSTING_KINDS, postingKey } from '../../../src/store/postings.ts';
import { FANOUT } from '../../../src/store/runs/run.ts';
import { type ChainStore, type Row, TABLES, type Table } from '../../../src/store/store.ts';
import { ChainWriter } from '../../../src/store/writer.ts';
import { describeWith } from '../../services/suite.ts';
import { dyingStore } from '../../support/altered-store.ts';
import { indexQuietly } from '../../support/index-quietly.ts';
import { MadeChain } from '../../support/made-chain.ts';
import { pageWith, postingsIn, type RunPage, runPages } from '../../support/run-pages.ts';
import { temporaryDatabase } from '../../support/temporary-store.ts';
import { type Vandal, vandalOf } from '../../support/vandal.ts';
import { allRows, expectSameRows, visibleRows } from '../../support/visible-rows.ts';

const FROM = 100;
const BLOCKS = 40;
/** Blocks that are indexed later, so that their postings are a run of their own. */
const LATER = 2;
const TIP = FROM + BLOCKS - 1;
const NETWORK = networkById('btc-regtest');
const SIGNAL = new AbortController().signal;
const LOG = { info() {}, warn() {} };
const CACHE_BYTES = 1_000_000;
const TABLES_OF_BLOCKS = ['blocks', 'totals', 'pages', 'transactions'] as const;
const DEEDS = ['flip', 'remove', 'retype', 'move'] as const;
const PAGE_KINDS = ['rows', 'keys', 'filter'] as const;

const { blocks } = new MadeChain(11).mine(BLOCKS);
const node = new BlockListNode(NETWORK, FROM, blocks);

async function indexInto(location: StoreLocation): Promise<void> {
  for (const count of [BLOCKS - LATER, BLOCKS]) {
    const store = await openStore(location, { cacheMiB: 8 });
    const part = new BlockListNode(NETWORK, FROM, blocks.slice(0, count));
    await indexQuietly({ store, node: part, from: FROM, cacheBytes: CACHE_BYTES, once: true });
    await store.close();
  }
}

const verify = (store: ChainStore): Promise<Verification> =>
  verifyIndex({ store, cacheBytes: CACHE_BYTES, signal: SIGNAL });

const mend = (store: ChainStore, heights: Verification['damaged']) =>
  reindexBlocks({ store, node, heights, leaseMs: 60_000, cacheBytes: CACHE_BYTES, log: LOG, signal: SIGNAL });

/** Changes postings as a writer, so that no page is damaged. */
async function changePostings(store: ChainStore, change: () => Promise<unknown>): Promise<void> {
  const writer = await ChainWriter.acquire(store, {
    network: NETWORK.id,
    start: FROM,
    holder: 'a test',
    leaseMs: 60_000,
  });
  await change();
  await store.settle();
  await writer.commit({});
  await writer.release();
}

const postingsOf = (...rows: Row[]) => new Map([['postings', packRows(rows)]] as const);

interface Place {
  readonly table: Table;
  readonly key: Uint8Array;
}

/** All rows of blocks, without postings. */
async function rowsIn(store: ChainStore): Promise<Place[]> {
  const rows: Place[] = [];
  for (const table of TABLES_OF_BLOCKS) {
    for (const { key } of await allRows(store, table, TABLES[table])) rows.push({ table, key });
  }
  return rows;
}

const pageAt = ({ key }: RunPage): Place => ({ table: 'runPages', key });

/** Of the key of a page: a page that moved to a later epoch would be in the way of a run of that epoch. */
const EPOCH_LENGTH = 3;

async function harm(vandal: Vandal, deed: (typeof DEEDS)[number], { table, key }: Place, bit: number): Promise<void> {
  if (deed === 'flip') await vandal.flip(table, key, bit);
  else if (deed === 'remove') await vandal.remove(table, key);
  else if (deed === 'retype') await vandal.retype(table, key);
  else {
    const other = Uint8Array.from(key);
    const from = table === 'runPages' ? EPOCH_LENGTH : 0;
    const at = from + ((bit >>> 3) % (key.length - from));
    other[at]! ^= at === 0 ? 1 << (bit % 7) : 1 << (bit & 7);
    await vandal.move(table, key, other);
  }
}

interface Located {
  readonly location: StoreLocation;
  readonly destroy: () => Promise<void>;
}

function describeDamage(locate: () => Located, amounts: { readonly runs: number; readonly killStep: number }): void {
  let location: StoreLocation;
  let destroy: () => Promise<void>;
  let store: ChainStore;
  let vandal: Vandal;
  let whole: string[];
  let rows: Place[];
  let postings: Row[];

  const open = async () => {
    store = await openStore(location, { cacheMiB: 8 });
  };
  const reopen = async () => {
    await store.close();
    await open();
  };

  beforeAll(async () => {
    ({ location, destroy } = locate());
    await indexInto(location);
    await open();
    vandal = vandalOf(location);
    whole = await visibleRows(store);
    rows = await rowsIn(store);
    postings = [];
    for (const { tag, length } of Object.values(POSTING_KINDS))
      postings.push(...(await allRows(store, 'postings', 1 + length + 8, tag)));
  });

  afterAll(async () => {
    await vandal.close();
    await store.close();
    await destroy();
  });

  const expectWhole = async () => {
    expect(await verify(store)).toMatchObject({ found: 0, findings: [], damaged: [] });
    expectSameRows(await visibleRows(store), whole);
    // As other processes see it.
    await reopen();
    expect(await verify(store)).toMatchObject({ found: 0, findings: [] });
    expectSameRows(await visibleRows(store), whole);
  };

  it('is not found in an untouched index, which has all kinds of pages, of several runs', async () => {
    const verification = await verify(store);
    expect(verification).toMatchObject({ found: 0, findings: [], damaged: [], heights: [FROM, TIP] });
    expect(verification.postings).toBe(postings.length);
    const pages = await runPages(store);
    expect(new Set(pages.map(({ kind }) => kind))).toEqual(new Set(PAGE_KINDS));
    expect(new Set(pages.map(({ run }) => run)).size).toBe(2);
  });

  it('is found and mended, whatever it is', async () => {
    const deed = fc.record({
      deed: fc.constantFrom(...DEEDS),
      place: fc.nat(),
      isPage: fc.boolean(),
      bit: fc.nat(4_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 5 }), fc.boolean(), async (deeds, isReopened) => {
        const pages = (await runPages(store)).map(pageAt);
        for (const { deed, place, isPage, bit } of deeds) {
          const some = isPage ? pages : rows;
          await harm(vandal, deed, some[place % some.length]!, bit).catch(() => {});
        }
        if (isReopened) await reopen();
        const { found, damaged } = await verify(store);
        if (found > 0) await mend(store, damaged);
        // The next action may have undone the previous one.
        await expectWhole();
      }),
      { numRuns: amounts.runs, endOnFailure: true },
    );
  }, 300_000);

  it.each(DEEDS)('by "%s" of one row is found at its place', async (deed) => {
    for (const table of TABLES_OF_BLOCKS) {
      const some = rows.filter((row) => row.table === table);
      const place = some[Math.floor(some.length / 2)]!;
      await harm(vandal, deed, place, 77);
      const { height } = decodePosition(Uint8Array.from([...place.key, 0, 0, 0, 0]).subarray(0, 8));
      const { found, damaged } = await verify(store);
      expect([table, found]).toEqual([table, expect.toSatisfy((count: number) => count > 0)]);
      expect(damaged.some(([from, to]) => from <= height && height <= to)).toBe(true);
      await mend(store, damaged);
      await expectWhole();
    }
  });

  it.each(DEEDS)('by "%s" of a page is one finding, which names it, and is mended with any height', async (deed) => {
    for (const kind of PAGE_KINDS) {
      const some = (await runPages(store)).filter((page) => page.kind === kind);
      const page = some[Math.floor(some.length / 2)]!;
      const [lowest, highest] = page.run.heights;
      await harm(vandal, deed, pageAt(page), 77);
      const { findings, damaged } = await verify(store);
      const height = findings[0]!.height!;
      expect(findings).toEqual([{ height, what: `the ${recordName('runPages', page.key)} is damaged` }]);
      expect([lowest <= height, height <= highest, damaged]).toEqual([true, true, [[height, height]]]);
      await mend(store, [[FROM, FROM]]);
      await expectWhole();
    }
  });

  it('of every page is mended from the transactions', async () => {
    const pages = await runPages(store);
    for (const [i, page] of pages.entries()) await harm(vandal, DEEDS[i % 3]!, pageAt(page), 5);
    await reopen();
    const { found, findings, damaged } = await verify(store);
    expect([found, findings.filter(({ what }) => !what.includes('page'))]).toEqual([pages.length, []]);
    const mended = await mend(store, damaged);
    expect(mended).toEqual({ written: postings.length, removed: 0 });
    await expectWhole();
  });

  it('of a page does not hide that other postings are missing, different or too many', async () => {
    const [missing, different] = [postings.at(-1)!, postings.at(-9)!];
    // One that stands between postings of the page that will be damaged, although no transaction has it.
    const between = Uint8Array.from(postings[20]!.key);
    between[between.length - 1]! ^= 0x40;
    await changePostings(store, async () => {
      await store.remove('postings', [missing.key]);
      await store.replace(postingsOf({ ...different, value: Uint8Array.of(9, 9) }));
    });
    await changePostings(store, () => store.write(postingsOf({ key: between, value: new Uint8Array() })));
    const page = await pageWith(store, postings[20]!.key);
    const lost = await postingsIn(store, page);
    const isInGap = (key: Uint8Array) => Buffer.compare(lost[0]!, key) < 0 && Buffer.compare(key, lost.at(-1)!) < 0;
    expect([missing.key, different.key, between].map(isInGap)).toEqual([false, false, true]);
    expect((await pageWith(store, between)).run).not.toEqual(page.run);
    await vandal.flip('runPages', page.key, 9);
    await reopen();
    const { findings, damaged } = await verify(store);
    const heights = new Set([missing.key, different.key, between].map((key) => decodePosition(key).height));
    expect(new Set(findings.filter(({ what }) => what.includes('posting')).map(({ height }) => height))).toEqual(
      heights,
    );
    await mend(store, damaged);
    await expectWhole();
  });

  it('may be a single posting that is missing, different, or too many', async () => {
    const lock = postings.filter(({ key }) => key[0] === POSTING_KINDS.lock.tag);
    const [one, other] = [lock[Math.floor(lock.length / 2)]!, lock[Math.floor(lock.length / 3)]!];
    const stray = Uint8Array.from(one.key);
    stray[5]! ^= 0xff;
    const { height } = decodePosition(one.key);
    const wrongs: [() => Promise<unknown>, string][] = [
      [() => store.remove('postings', [one.key]), '1 posting is missing'],
      [() => store.write(postingsOf({ ...one, key: stray })), '1 posting too many'],
      [() => store.replace(postingsOf({ ...one, value: other.value })), 'postings do not match the transactions'],
    ];
    for (const [change, what] of wrongs) {
      await changePostings(store, change);
      for (let time = 0; time < 2; time++) {
        const { findings, damaged } = await verify(store);
        expect([findings, damaged]).toEqual([[{ height, what }], [[height, height]]]);
        await reopen();
      }
      await mend(store, [[height, height]]);
      await expectWhole();
    }
  });

  it('may be rows that should not exist', async () => {
    const position = encodePosition({ height: FROM + 5, fork: 0, index: 3_000 });
    const [transaction] = await allRows(store, 'transactions', TABLES.transactions);
    await store.write(new Map([['transactions', packRows([{ key: position, value: transaction!.value }])]]));
    const { damaged, found } = await verify(store);
    expect(found).toBeGreaterThan(0);
    await mend(store, damaged);
    await expectWhole();
  });

  it('of any level of a large run is found and mended', async () => {
    const prefix = postings.find(({ key }) => key[0] === POSTING_KINDS.lock.tag)!.key.subarray(0, 21);
    const above = Array.from({ length: 120_000 }, (_, i): Row => {
      const key = postingKey(prefix, encodePosition({ height: TIP + 1 + (i % 100), fork: 0, index: i }));
      // Random enough that pages are full.
      for (const at of [1, 5, 9, 13])
        new DataView(key.buffer).setUint32(at, Math.imul(i ^ (at << 20), 0x9e37_79b1 * at));
      return { key, value: new Uint8Array() };
    });
    await changePostings(store, () => store.write(new Map([['postings', packRows(above)]])));
    const pages = (await runPages(store)).filter(({ run }) => run.pages > FANOUT);
    const some = [
      ...pages.filter(({ kind }) => kind === 'keys'),
      pages.findLast(({ kind }) => kind === 'filter')!,
      ...pages.filter(({ kind }, i) => kind === 'rows' && (i === 0 || i === FANOUT || (30 < i && i < 35))),
    ];
    expect(some.length).toBeGreaterThan(9);
    for (const [i, page] of some.entries()) await harm(vandal, DEEDS[i % 3]!, pageAt(page), 11);
    await reopen();
    const { findings, damaged } = await verify(store);
    expect(findings.map(({ what }) => what).sort()).toEqual(
      some.map(({ key }) => `the ${recordName('runPages', key)} is damaged`).sort(),
    );
    await mend(store, damaged);
    await expectWhole();
  });

  it('of pages and of transactions at heights that are not given is refused, with these heights', async () => {
    const gap = (height: number) => rows.find(({ table, key }) => table === 'transactions' && at(key) === height)!;
    const at = (key: Uint8Array) => decodePosition(key).height;
    for (const { run, key, kind } of await runPages(store))
      if (kind === 'rows' && run.heights[0] === FROM) await vandal.flip('runPages', key, 3);
    for (const height of [FROM + 3, FROM + 4, FROM + 9]) await vandal.flip('transactions', gap(height).key, 500);
    await reopen();
    await expect(mend(store, [[FROM + 9, FROM + 9]])).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining(` at ${FROM + 3}-${FROM + 4},`),
    });
    const { damaged } = await verify(store);
    expect(damaged).toEqual(expect.arrayContaining([[FROM + 3, FROM + 4]]));
    await mend(store, damaged);
    await expectWhole();
  });

  it('is still found after a kill at any change of reindex, and mended by the next', async () => {
    const lock = postings.filter(({ key }) => key[0] === POSTING_KINDS.lock.tag);
    const [wrong, missing] = [lock[Math.floor(lock.length / 2)]!, lock[Math.floor(lock.length / 3)]!];
    const isKilled = async (changes: number) => {
      const { damaged } = await verify(store);
      const outcome = await mend(dyingStore(store, changes), damaged).catch((error: Error) => error.message);
      await reopen();
      return outcome === 'killed';
    };
    let kills = 0;
    for (let changes = 0; ; changes += amounts.killStep) {
      await changePostings(store, async () => {
        await store.replace(postingsOf({ ...wrong, value: Uint8Array.of(3, 3) }));
        await store.remove('postings', [missing.key]);
      });
      const pages = await runPages(store);
      for (const kind of PAGE_KINDS) {
        await vandal.flip('runPages', pages.findLast((page) => page.kind === kind)!.key, 3);
      }
      await vandal.flip('transactions', rows.findLast(({ table }) => table === 'transactions')!.key, 300);
      await reopen();
      if (!(await isKilled(changes))) break;
      kills += 1;
      const { found, damaged } = await verify(store);
      expect(found).toBeGreaterThan(0);
      await mend(store, damaged);
      await expectWhole();
    }
    await expectWhole();
    expect(kills).toBeGreaterThan(6 / amounts.killStep);
  }, 300_000);

  it('at heights that are not indexed cannot be mended', async () => {
    await expect(mend(store, [[FROM - 1, FROM]])).rejects.toMatchObject({ code: 'BAD_SETTING' });
  });
}

describeWith()('damage of an index in SQLite', () => {
  const locate = () => {
    const folder = mkdtempSync(join(tmpdir(), 'bitql-verify-'));
    const location = { kind: 'sqlite', file: join(folder, 'chain.db') } as const;
    return { location, destroy: async () => rmSync(folder, { recursive: true }) };
  };
  describeDamage(locate, { runs: 25, killStep: 1 });
});

describeWith('mongodb')('damage of an index in MongoDB', ({ mongodbUri }) => {
  const locate = () => {
    const { uri, drop } = temporaryDatabase(mongodbUri);
    return { location: { kind: 'mongodb', uri } as const, destroy: drop };
  };
  describeDamage(locate, { runs: 5, killStep: 3 });
});
