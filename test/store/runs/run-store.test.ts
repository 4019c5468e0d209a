import fc from 'fast-check';
import { expect, it } from 'vitest';
import { until } from '../../../dev/until.ts';
import { packRows } from '../../../src/store/packed-rows.ts';
import { decodePosition, encodePosition, heightRange } from '../../../src/store/position.ts';
import { postingKey, postingPrefix, postingRange } from '../../../src/store/postings.ts';
import { pageNumber, ROWS, runPageKey } from '../../../src/store/runs/run.ts';
import { RunStore } from '../../../src/store/runs/run-store.ts';
import type { ChainStore, Row } from '../../../src/store/store.ts';
import { ChainWriter } from '../../../src/store/writer.ts';
import { pause } from '../../../src/waiting.ts';
import { Random } from '../../chain/random.ts';
import { amount } from '../../support/amount.ts';
import { MemoryDatabase } from '../../support/memory-rows.ts';
import { event, StoreLife } from './store-life.ts';
import { untilSwept } from './stored-runs.ts';

const LIVES = amount({ usual: 150, long: 3_000 });

it(
  `shows each process the postings that it must see, in ${LIVES} random lives`,
  async () => {
    const options = fc.record({
      quietMs: fc.constantFrom(0, 3, 1_000),
      keptMs: fc.constantFrom(0, 0, 5, 1_000),
      partRows: fc.constantFrom(1, 20, 500, 1_000_000),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        options,
        fc.array(event, { minLength: 1, maxLength: 40 }),
        async (seed, options, events) => {
          const database = new MemoryDatabase(new Random(seed));
          const life = await StoreLife.begin(async () => {
            const { rows, kill } = database.open();
            return { store: new RunStore(rows, options), kill };
          });
          for (const event of events) await life.take(event);
          await life.finish();
        },
      ),
      { numRuns: LIVES },
    );
  },
  60_000 + LIVES * 2_000,
);

const PREFIX = postingPrefix('lock', Uint8Array.of(1));
const OPTIONS = { network: 'btc-regtest', start: 0, holder: 'it', leaseMs: 60_000, isGone: () => true } as const;

function posting(height: number): Row {
  return { key: postingKey(PREFIX, encodePosition({ height, fork: 0, index: 0 })), value: new Uint8Array(0) };
}

async function write(store: ChainStore, ...heights: number[]): Promise<void> {
  await store.write(new Map([['postings', packRows(heights.map(posting))]]));
}

async function heightsIn(store: ChainStore, limit = 100, reverse = false): Promise<number[]> {
  const [page] = await store.scan('postings', [postingRange(PREFIX, heightRange(0, 99_999))], { limit, reverse });
  return page!.rows.map(({ key }) => decodePosition(key).height);
}

it('fills pages from runs of other heights if several runs have the same postings', async () => {
  const store = new RunStore(new MemoryDatabase(new Random(1)).open().rows);
  for (const heights of [
    [41, 42],
    [1, 2, 3],
    [1, 2, 3],
    [31, 32],
    [11, 12, 13],
    [11, 12, 13],
  ])
    await write(store, ...heights);
  expect(await heightsIn(store, 5)).toEqual([1, 2, 3, 11, 12]);
  expect(await heightsIn(store, 8, true)).toEqual([42, 41, 32, 31, 13, 12, 11, 3]);
  await store.close();
});

it('does not bring back with a merge what was removed just before', async () => {
  const store = new RunStore(new MemoryDatabase(new Random(2)).open().rows, { quietMs: 20 });
  const writer = await ChainWriter.acquire(store, OPTIONS);
  await write(store, 1, 2);
  await write(store, 3, 4);
  await store.remove('postings', [posting(2).key]);
  // Until it would have tidied up.
  await pause(60);
  expect(await heightsIn(store)).toEqual([1, 3, 4]);
  await store.settle();
  expect(await heightsIn(store)).toEqual([1, 3, 4]);
  await writer.release();
  await store.close();
});

it('keeps what it writes if the database repeats a change of the state whose acknowledgement was lost', async () => {
  const { rows } = new MemoryDatabase(new Random(3)).open();
  const set = rows.compareAndSetState.bind(rows);
  let isFirst = true;
  rows.compareAndSetState = async (revision, value) => {
    const isSet = await set(revision, value);
    if (!isFirst) return isSet;
    isFirst = false;
    return set(revision, value);
  };
  const store = new RunStore(rows);
  const writer = await ChainWriter.acquire(store, OPTIONS);
  await write(store, 1);
  const committed = writer.commit({});
  await write(store, 2);
  await committed;
  expect(await heightsIn(store)).toEqual([1, 2]);
  await writer.commit({});
  expect(writer.state.runs.map(({ epoch }) => epoch)).toEqual([1, 1]);
  await store.close();
});

it('sweeps no run that it is still writing when it begins another term', async () => {
  const database = new MemoryDatabase(new Random(6));
  const { rows } = database.open();
  const store = new RunStore(rows);
  const first = await ChainWriter.acquire(store, OPTIONS);
  const written = Promise.withResolvers<void>();
  const swept = Promise.withResolvers<void>();
  const writeRows = rows.write.bind(rows);
  rows.write = async (batch) => {
    const result = await writeRows(batch);
    written.resolve();
    await swept.promise;
    return result;
  };
  const writing = write(store, 1);
  await written.promise;
  await first.release();
  const second = await ChainWriter.acquire(store, OPTIONS);
  // Until it would have swept.
  await pause(50);
  swept.resolve();
  await writing;
  await second.commit({});
  expect(await heightsIn(new RunStore(database.open().rows))).toEqual([1]);
  await store.close();
});

it('reports no damage of runs that are merged and dropped while it looks', async () => {
  const database = new MemoryDatabase(new Random(5));
  const store = new RunStore(database.open().rows, { keptMs: 0 });
  const writer = await ChainWriter.acquire(store, OPTIONS);
  for (let height = 0; height < 5; height++) await write(store, height);
  await writer.commit({});
  const { rows } = database.open();
  const get = rows.get.bind(rows);
  let looked = 0;
  rows.get = async (...args) => {
    looked += 1;
    if (looked === 2) {
      await store.settle();
      await writer.release();
      await store.close();
    }
    return get(...args);
  };
  const reader = new RunStore(rows);
  expect(await reader.damagedRuns(new AbortController().signal)).toEqual([]);
  await reader.close();
});

it('repeats a read of runs that were merged and dropped since it learned of them', async () => {
  const database = new MemoryDatabase(new Random(4));
  const store = new RunStore(database.open().rows, { keptMs: 0 });
  const writer = await ChainWriter.acquire(store, OPTIONS);
  for (let height = 0; height < 5; height++) await write(store, height);
  await writer.commit({});
  const reader = new RunStore(database.open().rows);
  await reader.readState();
  await store.settle();
  await writer.release();
  // Closing drops the runs.
  await store.close();
  expect(await heightsIn(reader)).toEqual([0, 1, 2, 3, 4]);
  await reader.close();
});

it('continues a merge that was cut off, and repeats a read of what it has dropped so far', async () => {
  const database = new MemoryDatabase(new Random(7));
  const { rows } = database.open();
  const heights = Array.from({ length: 40_000 }, (_, height) => height);
  const store = new RunStore(rows, { keptMs: 0, partRows: 1 });
  const writer = await ChainWriter.acquire(store, OPTIONS);
  await write(store, ...heights.filter((height) => height % 2 === 0));
  await write(store, ...heights.filter((height) => height % 2 === 1));
  await writer.commit({});
  const [first] = writer.state.runs;
  const reader = new RunStore(database.open().rows);
  await reader.readState();
  // The third run of the merge does not come to its end.
  const ended = Promise.withResolvers<void>();
  const writeRows = rows.write.bind(rows);
  let made = 0;
  rows.write = (batch) => (++made < 3 ? writeRows(batch) : ended.promise.then(() => writeRows(batch)));
  const settled = store.settle();
  await until('two runs', () => made === 3);
  await writer.commit({});
  const begun = writer.state.runs.filter(({ into }) => into === null);
  expect(begun.map(({ series }) => series)).toEqual([begun[0]!.series, begun[0]!.series]);
  expect(writer.state.runs).toHaveLength(4);
  await until('its page to be dropped', async () => {
    const [page] = await rows.get('runPages', [runPageKey(first!, pageNumber(ROWS, 0))]);
    return page === null;
  });
  expect(await heightsIn(reader, 50_000)).toEqual(heights);
  expect(await heightsIn(reader, 39_999, true)).toEqual(heights.toReversed().slice(0, 39_999));
  await reader.close();
  await writer.release();
  const closed = store.close();
  ended.resolve();
  await Promise.all([settled, closed]);
  // Another process goes on.
  const next = new RunStore(database.open().rows, { keptMs: 0, partRows: 1 });
  const nextWriter = await ChainWriter.acquire(next, OPTIONS);
  await next.settle();
  await nextWriter.commit({});
  expect(nextWriter.state.runs.map(({ series }) => series)).toEqual(Array(8).fill(begun[0]!.series));
  expect(nextWriter.state.runs.filter(({ epoch }) => epoch === writer.state.epoch)).toEqual(begun);
  expect(await heightsIn(next, 50_000)).toEqual(heights);
  await untilSwept(next);
  await next.close();
});

/** A store of two runs, of which a page is not one although its checksum is right. */
async function unreadable() {
  const { rows } = new MemoryDatabase(new Random(9)).open();
  const store = new RunStore(rows, { quietMs: 60_000, partRows: 1 });
  const writer = await ChainWriter.acquire(store, OPTIONS);
  await write(store, 1, 2);
  await write(store, 3);
  await writer.commit({});
  const [run] = writer.state.runs;
  const key = runPageKey(run!, pageNumber(ROWS, 0));
  await rows.replace(new Map([['runPages', packRows([{ key, value: Uint8Array.of(0, 9, 9, 9, 0xff, 0xff) }])]]));
  return { rows, store, writer };
}

it('reports a page that is not one although its checksum is right, by its name', async () => {
  const { rows, store } = await unreadable();
  const reader = new RunStore(rows);
  const message = expect.stringMatching(/^The record of "runPages" for page 0 of run 1\.1 is damaged/);
  await expect(heightsIn(reader)).rejects.toMatchObject({ code: 'STORE_DAMAGED', message });
  const [damaged] = await reader.damagedRuns(new AbortController().signal);
  expect(damaged!.pages.length).toBe(1);
  await store.close();
  await reader.close();
});

it('merges no run with such a page, and mends it', async () => {
  const { store, writer } = await unreadable();
  await store.settle();
  expect((await store.damagedRuns(new AbortController().signal)).length).toBe(1);
  await store.mendRuns(await store.damagedRuns(new AbortController().signal));
  await writer.commit({});
  await store.settle();
  await writer.commit({});
  expect(await heightsIn(store)).toEqual([3]);
  expect(writer.state.runs.length).toBe(1);
  await store.close();
});

it('calls between the parts of a merge, and ends after one when it is to', async () => {
  const { rows } = new MemoryDatabase(new Random(10)).open();
  const store = new RunStore(rows, { quietMs: 60_000, partRows: 1 });
  const writer = await ChainWriter.acquire(store, OPTIONS);
  for (let height = 1; height <= 6; height++)
    await write(store, ...Array.from({ length: 8 }, (_, i) => 10 * i + height));
  await writer.commit({});
  const end = new AbortController();
  let parts = 0;
  const onPart = async () => {
    parts += 1;
    if (parts === 2) end.abort();
    await writer.commit({});
  };
  await store.settle({ onPart, signal: end.signal });
  expect(parts).toBe(2);
  await store.settle({ onPart });
  expect(parts).toBeGreaterThan(3);
  expect((await heightsIn(store)).length).toBe(48);
  await store.close();
});

it('reads no run of a series behind those that have all rows of a page', async () => {
  const { rows } = new MemoryDatabase(new Random(11)).open();
  const store = new RunStore(rows, { quietMs: 60_000, partRows: 1 });
  const writer = await ChainWriter.acquire(store, OPTIONS);
  const keysOf = (n: number) => Array.from({ length: 40 }, (_, i) => postingPrefix('lock', Uint8Array.of(i, n)));
  for (let n = 0; n < 8; n++) {
    const postings = keysOf(n).map((prefix) => ({
      key: postingKey(prefix, encodePosition({ height: n, fork: 0, index: 0 })),
      value: new Uint8Array(0),
    }));
    await store.write(new Map([['postings', packRows(postings)]]));
  }
  await writer.commit({});
  await store.settle({ onPart: () => writer.commit({}) });
  const runs = writer.state.runs.length;
  expect(runs).toBeGreaterThan(4);
  const asked = new Set<string>();
  const read = rows.read.bind(rows);
  rows.read = (lookUps, options) => {
    for (const { table, keys } of lookUps)
      if (table === 'runPages') for (const key of keys) asked.add(String(key.subarray(0, 7)));
    return read(lookUps, options);
  };
  const reader = new RunStore(rows);
  for (const reverse of [false, true]) {
    asked.clear();
    const { min, max } = postingRange(PREFIX);
    const range = { min: min.fill(0, 1), max: max.fill(0xff, 1) };
    const [page] = await reader.scan('postings', [range], { limit: 5, reverse });
    expect(page!.rows.length).toBe(5);
    expect(page!.rows.map(({ key }) => key[1])).toEqual(reverse ? Array(5).fill(39) : Array(5).fill(0));
    expect(asked.size).toBeLessThan(runs);
  }
  await store.close();
});
