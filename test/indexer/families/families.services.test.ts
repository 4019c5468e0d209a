import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BlockListNode } from '../../../indexer/node/block-list-node.ts';
import { addFamilies } from '../../../indexer/reindex/add-families.ts';
import { reindexBlocks } from '../../../indexer/reindex/reindex.ts';
import type { IndexerOptions } from '../../../indexer/run.ts';
import { verifyIndex } from '../../../indexer/verify/verify-store.ts';
import { networkById } from '../../../src/chain/networks.ts';
import { familyCoverage, heldFamilies, missingHeights, pendingFamilies } from '../../../src/store/families.ts';
import type { StoreLocation } from '../../../src/store/location.ts';
import { openStore } from '../../../src/store/open.ts';
import { packRows } from '../../../src/store/packed-rows.ts';
import { decodePosition, encodePosition } from '../../../src/store/position.ts';
import { FAMILY_NAMES, POSTING_KINDS, postingKey } from '../../../src/store/postings.ts';
import { decodeState, encodeState } from '../../../src/store/state.ts';
import type { ChainStore } from '../../../src/store/store.ts';
import { ChainWriter } from '../../../src/store/writer.ts';
import { describeWith } from '../../services/suite.ts';
import { dyingStore } from '../../support/altered-store.ts';
import { indexQuietly } from '../../support/index-quietly.ts';
import { stateOf } from '../../support/live-rows.ts';
import { makeOlder } from '../../support/older-store.ts';
import { TalkingChain } from '../../support/talking-chain.ts';
import { temporaryDatabase, temporaryStore } from '../../support/temporary-store.ts';
import { allRows, visibleRows } from '../../support/visible-rows.ts';

const NETWORK = networkById('bch-regtest');
const START = 10;
const CACHE_BYTES = 20_000;
const CHAIN = new TalkingChain(1).mine(60);
const BRANCHES = [CHAIN, CHAIN.branch(57, 2).mine(5), CHAIN.branch(30, 3).mine(40)];

function index(store: ChainStore, chain: TalkingChain, options: Partial<IndexerOptions> = {}): Promise<void> {
  const node = new BlockListNode(NETWORK, START, chain.blocks);
  return indexQuietly({ store, node, from: START, cacheBytes: CACHE_BYTES, once: true, ...options });
}

function add(store: ChainStore, signal = new AbortController().signal): Promise<number | null> {
  return addFamilies({ store, families: FAMILY_NAMES, leaseMs: 60_000, signal });
}

/** What an index has that had all families from the beginning. */
async function fresh(chain: TalkingChain): Promise<string[]> {
  const store = await temporaryStore();
  await index(store, chain, { families: FAMILY_NAMES });
  const rows = await visibleRows(store);
  await store.close();
  return rows;
}

/** A work that is killed when it has changed the store so many times. */
async function killed(
  work: (store: ChainStore) => Promise<unknown>,
  store: ChainStore,
  changes: number,
): Promise<void> {
  await work(dyingStore(store, changes)).catch((error: Error) => expect(error.message).toBe('killed'));
}

/** Where the index says that a family is complete, all its postings are there, and no wrong ones. */
async function expectTrue(store: ChainStore): Promise<void> {
  const { signal } = new AbortController();
  expect((await verifyIndex({ store, cacheBytes: CACHE_BYTES, signal })).findings).toEqual([]);
}

async function expectWhole(store: ChainStore, chain: TalkingChain, rows: readonly string[]): Promise<void> {
  const state = (await stateOf(store))!;
  expect([...heldFamilies(state)]).toEqual(FAMILY_NAMES);
  expect([...pendingFamilies(state)]).toEqual(FAMILY_NAMES);
  for (const family of FAMILY_NAMES) {
    expect(familyCoverage(state, family)).toEqual([[START, START + chain.blocks.length - 1]]);
  }
  expect(await visibleRows(store)).toEqual(rows);
  await expectTrue(store);
}

function describeFamilies(locate: () => { location: StoreLocation; destroy: () => Promise<void> }, runs: number): void {
  let store: ChainStore;
  let destroy: () => Promise<void>;

  beforeEach(async () => {
    const place = locate();
    destroy = place.destroy;
    store = await openStore(place.location, { cacheMiB: 8 });
  });
  afterEach(async () => {
    await store.close();
    await destroy();
  });

  it('are the usual ones in a new index, and others if they are requested', async () => {
    await index(store, CHAIN.branch(20, 1));
    expect([...heldFamilies((await stateOf(store))!)]).toEqual(['tokens', 'scripts']);
    await index(store, CHAIN, { families: ['inputs'] });
    await expectWhole(store, CHAIN, await fresh(CHAIN));
  });

  it('are missing in an index of an earlier version, which works as before', async () => {
    await index(store, CHAIN.branch(20, 1));
    await makeOlder(store);
    await index(store, CHAIN);
    expect([...heldFamilies((await stateOf(store))!)]).toEqual([]);
    await expectTrue(store);
  });

  it('are kept without a further request, and start again after a writer that did not know them', async () => {
    await index(store, CHAIN.branch(20, 1), { families: FAMILY_NAMES });
    const before = (await stateOf(store))!;
    await makeOlder(store);
    await index(store, CHAIN.branch(40, 1));
    // The earlier version kept the text that it did not know.
    const { revision, value } = (await store.readState())!;
    const told = { ...decodeState(value), families: before.families };
    await store.compareAndSetState(revision, encodeState(told));
    for (const family of FAMILY_NAMES) expect(familyCoverage((await stateOf(store))!, family)).toEqual([]);
    await index(store, CHAIN);
    await expectWhole(store, CHAIN, await fresh(CHAIN));
  });

  it('are added from the store alone through any kills, with the same result as from the beginning', async () => {
    await index(store, CHAIN);
    await makeOlder(store);
    const left: number[] = [];
    for (let changes = 1; changes < 20 && left.at(-1) !== 0; changes += 2) {
      await killed((dying) => add(dying), store, changes);
      await expectTrue(store);
      const state = (await stateOf(store))!;
      left.push(missingHeights(state, 'inputs').reduce((sum, [from, to]) => sum + to - from + 1, 0));
    }
    // It never begins anew.
    expect(left).toEqual([...left].sort((a, b) => b - a));
    expect(left.some((blocks) => blocks > 0 && blocks < 60)).toBe(true);
    await add(store);
    await expectWhole(store, CHAIN, await fresh(CHAIN));
    expect(await add(store)).toBe(0);
  });

  it('are added in the background by an indexer whose chain moves on, through kills and reorganisations', async () => {
    const rows = await Promise.all(BRANCHES.map(fresh));
    const deed = fc.record({
      branch: fc.nat(BRANCHES.length - 1),
      changes: fc.integer({ min: 1, max: 12 }),
      work: fc.constantFrom('index', 'index with families', 'add', 'older'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 6 }), fc.nat(BRANCHES.length - 1), async (deeds, last) => {
        await index(store, BRANCHES[last]!);
        for (const { work, branch, changes } of deeds) {
          const families = work === 'index' ? [] : FAMILY_NAMES;
          if (work === 'older') await makeOlder(store);
          else if (work === 'add') await killed((dying) => add(dying), store, changes);
          else await killed((dying) => index(dying, BRANCHES[branch]!, { families }), store, changes);
          await expectTrue(store);
        }
        await index(store, BRANCHES[last]!, { families: FAMILY_NAMES });
        await expectWhole(store, BRANCHES[last]!, rows[last]!);
      }),
      { numRuns: runs, endOnFailure: true },
    );
  }, 300_000);

  it('are added until the signal, and then continued', async () => {
    await index(store, CHAIN);
    await makeOlder(store);
    const stop = new AbortController();
    const heard: number[] = [];
    const onProgress = (left: number) => {
      heard.push(left);
      if (heard.length === 2) stop.abort();
    };
    const options = { store, families: FAMILY_NAMES, leaseMs: 60_000, onProgress };
    expect(await addFamilies({ ...options, signal: stop.signal })).toBeNull();
    expect(heard).toEqual([60, expect.toSatisfy((left: number) => left > 0 && left < 60)]);
    expect((await stateOf(store))!.lease).toBeNull();
    expect(await add(store)).toBe(heard[1]);
    await expectWhole(store, CHAIN, await fresh(CHAIN));
  });

  it('are not added beside an indexer, which can add them itself', async () => {
    await index(store, CHAIN);
    const other = { network: NETWORK.id, start: START, holder: 'another-host:1', leaseMs: 60_000 };
    await ChainWriter.acquire(store, other);
    await expect(add(store)).rejects.toMatchObject({
      code: 'STORE_BUSY',
      message: expect.stringMatching(/another-host:1 .* Or restart the indexer with --index tokens,scripts,inputs/),
    });
  });

  it('are verified and mended where they are complete, and only there', async () => {
    await index(store, CHAIN);
    await makeOlder(store);
    await killed((dying) => add(dying), store, 8);
    const state = (await stateOf(store))!;
    const [[from, to]] = familyCoverage(state, 'inputs') as [readonly [number, number]];
    expect([from > START, to]).toEqual([true, START + 59]);
    const { tag, length } = POSTING_KINDS.input4;
    const rows = await allRows(store, 'postings', 1 + length + 8, tag);
    const covered = rows.find(({ key }) => decodePosition(key).height >= from)!;
    await store.remove('postings', [covered.key]);
    // A stretch that was cut off may leave some postings of a height, and lack others.
    const key = postingKey(covered.key.subarray(0, 1 + length), encodePosition({ height: START, fork: 0, index: 0 }));
    await store.write(new Map([['postings', packRows([{ key, value: new Uint8Array() }])]]));
    const { signal } = new AbortController();
    const { findings, damaged } = await verifyIndex({ store, cacheBytes: CACHE_BYTES, signal });
    const { height } = decodePosition(covered.key);
    expect(findings).toEqual([{ height, what: '1 posting is missing' }]);
    const node = new BlockListNode(NETWORK, START, CHAIN.blocks);
    const log = { info() {}, warn() {} };
    await reindexBlocks({ store, node, heights: damaged, leaseMs: 60_000, cacheBytes: CACHE_BYTES, log, signal });
    await expectTrue(store);
    await store.remove('postings', [key]);
    await add(store);
    await expectWhole(store, CHAIN, await fresh(CHAIN));
  });

  it('are complete in history that is filled in below the tip', async () => {
    await index(store, CHAIN, { from: 'tip', families: FAMILY_NAMES });
    const state = (await stateOf(store))!;
    for (const family of FAMILY_NAMES) expect(familyCoverage(state, family)).toEqual(state.coverage);
    await expectTrue(store);
  });
}

describeWith()('families of postings in SQLite', () => {
  describeFamilies(() => {
    const folder = mkdtempSync(join(tmpdir(), 'bitql-families-'));
    return {
      location: { kind: 'sqlite', file: join(folder, 'chain.db') },
      destroy: async () => rmSync(folder, { recursive: true }),
    };
  }, 20);
});

describeWith('mongodb')('families of postings in MongoDB', ({ mongodbUri }) => {
  describeFamilies(() => {
    const { uri, drop } = temporaryDatabase(mongodbUri);
    return { location: { kind: 'mongodb', uri }, destroy: drop };
  }, 5);
});
