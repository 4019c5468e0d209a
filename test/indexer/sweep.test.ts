import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Changes } from '../../indexer/mempool/changes.ts';
import { DepartedPostings } from '../../indexer/mempool/departed.ts';
import { loadPending } from '../../indexer/mempool/load.ts';
import type { PendingSet } from '../../indexer/mempool/pending-set.ts';
import { Sweep } from '../../indexer/mempool/sweep.ts';
import { SweptRows } from '../../indexer/mempool/swept-rows.ts';
import { PendingRows, type Unconfirmed } from '../../indexer/rows/pending-rows.ts';
import { hashToHex, toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { encodeCommitNumber } from '../../src/store/commit-number.ts';
import type { RemovalReason } from '../../src/store/departures.ts';
import { endOf, readEvents } from '../../src/store/event-log.ts';
import { pieceKey } from '../../src/store/position.ts';
import { EVERY_FAMILY, POSTING_KINDS } from '../../src/store/postings.ts';
import { type ChainStore, TABLES } from '../../src/store/store.ts';
import { ChainWriter, type Commit } from '../../src/store/writer.ts';
import { amount } from '../support/amount.ts';
import { encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { allRows } from '../support/visible-rows.ts';

const NETWORK = networkById('bsv-regtest');
/** On this network an OP_RETURN has long been an output like any other. */
const HEIGHT = 20_000;
const CONTEXT = { height: HEIGHT, network: NETWORK, families: EVERY_FAMILY };
const HOUR = 60 * 60 * 1_000;
const OP_RETURN = 0x6a;

let store: ChainStore;

beforeEach(async () => {
  store = await temporaryStore();
});
afterEach(() => store.close());

interface Life {
  readonly writer: ChainWriter;
  readonly set: PendingSet;
  readonly departed: DepartedPostings;
}

function acquire(): Promise<ChainWriter> {
  return ChainWriter.acquire(store, { network: NETWORK.id, start: 0, holder: 'test:1', leaseMs: 60_000 });
}

/** One term as the writer, and its initial state. */
async function live(): Promise<Life> {
  const writer = await acquire();
  const shared = { store, writer, network: NETWORK };
  const { set, unmoved } = await loadPending(store, writer.state, NETWORK, new SweptRows(shared));
  const departed = new DepartedPostings(shared);
  await departed.move(unmoved);
  return { writer, set, departed };
}

function unconfirmed(name: number, size = 40): Unconfirmed {
  const inputs = [{ txid: new Uint8Array(32).fill(name), index: name }];
  const data = new Uint8Array(size).fill(name);
  data[0] = OP_RETURN;
  const outputs = [
    { value: 1, script: p2pkhScript(name) },
    { value: 2, script: data },
  ];
  const transaction = transactionFromBytes(encodeTransaction(inputs, outputs), NETWORK);
  return { transaction, spent: [{ value: 5, script: p2pkhScript(name + 1) }], firstSeen: 1_700_000_000 };
}

/** Like the committer, without moving departed postings. */
async function commit(changes: Changes, writer: ChainWriter, state: Commit): Promise<void> {
  await changes.finish();
  await writer.commit(state, changes.number);
  changes.settle();
}

async function arrive({ writer, set }: { writer: ChainWriter; set: PendingSet }, ...all: Unconfirmed[]): Promise<void> {
  const changes = new Changes({ writer, set, network: NETWORK, height: HEIGHT });
  for (const one of all) await changes.arrive(one);
  await commit(changes, writer, { logStart: writer.state.logStart ?? changes.number });
}

async function depart(
  { writer, set, departed }: Life,
  all: readonly Unconfirmed[],
  reason: RemovalReason = 'unknown',
): Promise<void> {
  const changes = new Changes({ writer, set, network: NETWORK, height: HEIGHT });
  for (const one of all) {
    const txid = hashToHex(one.transaction.txid);
    changes.depart(txid, set.get(txid)!, { reason, by: null }, one);
  }
  const { number } = changes;
  const gone = changes.departed().map((arrival) => ({ arrival, number }));
  await commit(changes, writer, departed.stateFor(number, gone.length));
  // The next writer continues with it.
  if (reason !== 'expired') await departed.move(gone);
}

/** Another term, which sweeps at once, and again after some time. */
async function sweptAfter(ms: number, eventsKeptMs = HOUR): Promise<ChainWriter> {
  const { writer } = await live();
  let now = Date.now();
  const sweep = new Sweep({ store, writer, network: NETWORK, eventsKeptMs, now: () => now });
  await walk(sweep);
  now += ms;
  await walk(sweep);
  return writer;
}

/** One whole walk. */
async function walk(sweep: Sweep): Promise<void> {
  while (await sweep.step());
}

/** Number of rows of unconfirmed transactions, by table. */
async function counts(): Promise<Record<string, number>> {
  const postings = Object.values(POSTING_KINDS).flatMap(({ tag, length }) => [
    allRows(store, 'pendingPostings', 1 + length + 8, tag),
    allRows(store, 'removedPostings', 1 + length + 8, tag),
  ]);
  const everything = { min: new Uint8Array(12), max: new Uint8Array(12).fill(0xff) };
  const [payloads] = await store.scan('payloads', [everything], { limit: 100 });
  return {
    pending: (await allRows(store, 'pending', TABLES.pending)).length,
    postings: (await Promise.all(postings)).flat().length,
    departed: await countOfDeparted(),
    payloads: payloads!.rows.length,
    departures: (await allRows(store, 'departures', TABLES.departures)).length,
  };
}

/** Number of departed postings. A store may return keys of other lengths than requested. */
async function countOfDeparted(): Promise<number> {
  const keys = new Set<string>();
  for (const { length } of Object.values(POSTING_KINDS)) {
    for (const { key } of await allRows(store, 'departedPostings', 8 + 1 + length + 8)) keys.add(toHex(key));
  }
  return keys.size;
}

const NOTHING = { pending: 0, postings: 0, departed: 0, payloads: 0, departures: 0 };

it('departed transactions are removed after an hour, with all of their rows, and pending ones stay', async () => {
  const [gone, large, kept] = [unconfirmed(1), unconfirmed(2, 5_000_000), unconfirmed(3, 300_000)];
  let life = await live();
  await arrive(life, kept);
  const alone = await counts();
  await arrive(life, gone, large);
  life = await live();
  await depart(life, [gone, large]);
  const before = await counts();
  await sweptAfter(HOUR / 2);
  expect(await counts()).toEqual(before);
  const { state } = await sweptAfter(2 * HOUR);
  expect(await counts()).toEqual(alone);
  expect(state.swept).toEqual({ epoch: 2, counter: life.writer.state.commit });
  expect((await live()).set.size).toBe(1);
});

it('a transaction in no block stays as long as events name it, and a mined one does not', async () => {
  const [mined, replaced] = [unconfirmed(1), unconfirmed(2)];
  const life = await live();
  await arrive(life, mined, replaced);
  await depart(life, [mined], 'mined');
  await depart(life, [replaced], 'replaced');
  await sweptAfter(2 * HOUR, 24 * HOUR);
  expect(await counts()).toMatchObject({ pending: 1, departures: 1 });
  await sweptAfter(25 * HOUR, 24 * HOUR);
  expect(await counts()).toEqual(NOTHING);
});

it('a departure recorded by a clock that was ahead is not kept until then', async () => {
  const gone = unconfirmed(1);
  const life = await live();
  await arrive(life, gone);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 365 * 24 * HOUR });
  await depart(life, [gone]);
  vi.useRealTimers();
  expect(await counts()).toMatchObject({ pending: 1 });
  await sweptAfter(2 * HOUR);
  expect(await counts()).toEqual(NOTHING);
});

it('rows that were written and never counted are removed at once', async () => {
  const { writer } = await live();
  const rows = new PendingRows();
  rows.arrive(writer.next(), unconfirmed(1, 300_000), CONTEXT);
  await writer.write(rows.finish());
  expect((await counts()).postings).toBeGreaterThan(3);
  await sweptAfter(0);
  expect(await counts()).toEqual(NOTHING);
});

it('a writer that was replaced before it began removes no rows of its successor', async () => {
  const { state } = await acquire();
  const successor = await live();
  await arrive(successor, unconfirmed(1));
  const before = await counts();
  const late = new SweptRows({ store, writer: successor.writer, network: NETWORK });
  expect((await loadPending(store, state, NETWORK, late)).set.size).toBe(0);
  expect(await counts()).toEqual(before);
});

it('rows that were cut off while they were written or swept are removed as well', async () => {
  const life = await live();
  const large = unconfirmed(1, 5_000_000);
  await arrive(life, large);
  await depart(life, [large]);
  const [swept] = await allRows(store, 'pending', TABLES.pending);
  await removePostings();
  await store.remove('payloads', [pieceKey(swept!.key, 0)]);
  const written = new PendingRows();
  written.arrive(life.writer.next(), unconfirmed(2, 5_000_000), CONTEXT);
  await life.writer.write(new Map([['pending', written.finish().get('pending')!]]));
  expect(await counts()).toMatchObject({ pending: 2, payloads: 1, departures: 1 });
  await sweptAfter(2 * HOUR);
  expect(await counts()).toEqual(NOTHING);
});

async function removePostings(): Promise<void> {
  for (const { tag, length } of Object.values(POSTING_KINDS)) {
    for (const table of ['pendingPostings', 'removedPostings'] as const) {
      const rows = await allRows(store, table, 1 + length + 8, tag);
      await store.remove(
        table,
        rows.map(({ key }) => key),
      );
    }
  }
}

it('events are removed when they have been kept for long enough, and a request for them is refused', async () => {
  const life = await live();
  await arrive(life, unconfirmed(1));
  const begin = endOf(life.writer.state.logStart!);
  await arrive(life, unconfirmed(2));
  const { writer } = life;
  let now = Date.now();
  const sweep = new Sweep({ store, writer, network: NETWORK, eventsKeptMs: HOUR, now: () => now });
  await sweep.step();
  const middle = endOf({ epoch: writer.state.epoch, counter: writer.state.commit });
  await arrive(life, unconfirmed(3));
  expect((await readEvents(store, begin, 100)).events).toHaveLength(2);
  now += 2 * HOUR;
  await sweep.step();
  await expect(readEvents(store, begin, 100)).rejects.toMatchObject({ code: 'EVENTS_EXPIRED' });
  expect((await readEvents(store, middle, 100)).events).toHaveLength(1);
  expect(await allRows(store, 'events', TABLES.events)).toHaveLength(1);
});

it('more departures than one step handles are removed in order of arrival, and those not due between them stay', async () => {
  const all = Array.from({ length: 450 }, (_, i) => unconfirmed(i + 1));
  const late = all.filter((_, i) => i % 3 === 0);
  const life = await live();
  await arrive(life, ...all);
  await depart(
    life,
    all.filter((one) => !late.includes(one)),
    'mined',
  );
  const { writer } = life;
  let now = Date.now();
  const sweep = new Sweep({ store, writer, network: NETWORK, eventsKeptMs: HOUR, now: () => now });
  await walk(sweep);
  await depart(life, late, 'mined');
  now += HOUR;
  await walk(sweep);
  expect(await counts()).toMatchObject({ pending: late.length, departures: late.length });
  now += HOUR;
  await walk(sweep);
  expect(await counts()).toEqual(NOTHING);
});

/** What happens, and the time until the next step. The numbers choose among what there is. */
const MOVES = fc.array(
  fc.record({
    kind: fc.constantFrom('arrive', 'mine', 'lose', 'restart', 'set the clock'),
    n: fc.nat(1_000),
    minutes: fc.constantFrom(0, 10, 30, 60, 6 * 60),
  }),
  { minLength: 4, maxLength: 14 },
);
const MINUTE = 60_000;
const EVENTS_KEPT = 12 * HOUR;
/** The resolution of ages, and the rest between two walks. */
const INEXACT = 20 * MINUTE;

interface Departure {
  readonly arrival: string;
  readonly at: number;
  readonly isMined: boolean;
  /** By the clock at that time, which may have been ahead. */
  readonly writtenAt: number;
  readonly life: number;
}

it('keeps everything that can be requested, and nothing for much longer, through restarts and with a clock that is ahead', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    await fc.assert(fc.asyncProperty(MOVES, holds), { numRuns: amount({ usual: 15, long: 300 }) });
  } finally {
    vi.useRealTimers();
  }
});

async function holds(moves: readonly { kind: string; n: number; minutes: number }[]): Promise<void> {
  await store.close();
  store = await temporaryStore();
  let now = Date.UTC(2030, 0);
  let ahead = 0;
  let lives = 0;
  let begun = now;
  let made = 0;
  let life = await live();
  const sweepOf = ({ writer }: Life) =>
    new Sweep({ store, writer, network: NETWORK, eventsKeptMs: EVENTS_KEPT, now: () => now });
  let sweep = sweepOf(life);
  const pending = new Map<string, Unconfirmed>();
  const departures: Departure[] = [];
  for (const { kind, n, minutes } of moves) {
    vi.setSystemTime(now + ahead);
    if (kind === 'arrive') {
      const all = Array.from({ length: 1 + (n % 3) }, () => unconfirmed(++made));
      await arrive(life, ...all);
      for (const one of all) pending.set(arrivalIn(life, one), one);
    } else if (kind === 'restart') {
      life = await live();
      sweep = sweepOf(life);
      begun = now;
      lives += 1;
    } else if (kind === 'set the clock') ahead = (n % 2) * 48 * HOUR;
    else {
      const gone = [...pending].filter((_, i) => (n >> i) & 1);
      const isMined = kind === 'mine';
      for (const [arrival] of gone) {
        departures.push({ arrival, at: now, isMined, writtenAt: now + ahead, life: lives });
        pending.delete(arrival);
      }
      const all = gone.map(([, one]) => one);
      if (all.length > 0) await depart(life, all, isMined ? 'mined' : 'evicted');
    }
    await walk(sweep);
    for (let passed = 0; passed < minutes; passed += 10) {
      now += 10 * MINUTE;
      await walk(sweep);
    }
    const rows = (await allRows(store, 'pending', TABLES.pending)).map(({ key }) => toHex(key));
    const keptMs = ({ isMined }: Departure) => (isMined ? HOUR : EVENTS_KEPT);
    const stays = departures.filter((one) => now - one.at < keptMs(one));
    expect(rows).toEqual(expect.arrayContaining([...pending.keys(), ...stays.map(({ arrival }) => arrival)]));
    const goes = departures.filter((one) => {
      // For another writer's rows, only the time that this writer has been at work shows that the clock was ahead.
      const since = one.life === lives ? one.at : Math.min(one.writtenAt, begun);
      return now - Math.max(one.at, since) >= keptMs(one) + INEXACT;
    });
    expect(rows.filter((row) => goes.some(({ arrival }) => arrival === row))).toEqual([]);
  }
}

function arrivalIn({ set }: Life, { transaction }: Unconfirmed): string {
  return toHex(encodeCommitNumber(set.get(hashToHex(transaction.txid))!.arrival));
}
