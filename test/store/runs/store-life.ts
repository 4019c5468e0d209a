import fc from 'fast-check';
import { expect } from 'vitest';
import { fromHex, mapKey, toHex } from '../../../src/chain/bytes.ts';
import { packRows } from '../../../src/store/packed-rows.ts';
import { decodeState } from '../../../src/store/state.ts';
import type { ChainStore, LookUp, Page } from '../../../src/store/store.ts';
import { ChainWriter } from '../../../src/store/writer.ts';
import { pause } from '../../../src/waiting.ts';
import { Random } from '../../chain/random.ts';
import {
  described,
  describedKeys,
  type ExpectedPosting,
  HEIGHTS,
  type Heights,
  PostingMaker,
  type Postings,
  pageOf,
  versionedValue,
} from './postings-model.ts';
import { untilSwept } from './stored-runs.ts';

/** A store as one process has it. */
export interface OpenStore {
  readonly store: ChainStore;
  /** Ends the process in the middle of whatever it does; missing if that is not possible. */
  readonly kill?: (() => void) | undefined;
}

const seed = fc.nat(1_000_000);
const rows = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: 200, max: 900 }) },
  // A thread makes runs of 2,000 rows or more.
  { weight: 1, arbitrary: fc.integer({ min: 2_000, max: 3_000 }) },
);
const few = fc.integer({ min: 1, max: 30 });

/** What happens to a store. */
export const event = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('write' as const), seed, rows }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('press' as const), seed, writes: few }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), seed, rows: few }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), seed, rows: few }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('commit' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('look' as const), seed }) },
  // A reader that knows of runs whose pages it has not read.
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('notice' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(15) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin another term' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take over' as const), seed }) },
);
export type StoreEvent = typeof event extends fc.Arbitrary<infer T> ? T : never;

const OPTIONS = { network: 'btc-regtest', start: 0, leaseMs: 60_000, isGone: () => true } as const;

/**
 * A store that a process writes, and others read, beside the postings that each of them must see. What was written counts for others
 * with the next change of the state.
 */
export class StoreLife {
  readonly #open: () => Promise<OpenStore>;
  readonly #all: OpenStore[] = [];
  #process!: OpenStore;
  #writer!: ChainWriter;
  #reader!: ChainStore;
  /** What was committed, from the view of the state that the reader knows to the present one. */
  #views: Postings[] = [new Map()];
  /** What the writer must see. */
  #own = new Map<string, ExpectedPosting>();
  /** What the next commit shows to others. */
  #next = new Map<string, ExpectedPosting>();
  readonly #versions = new Map<string, number>();

  private constructor(open: () => Promise<OpenStore>) {
    this.#open = open;
  }

  static async begin(open: () => Promise<OpenStore>): Promise<StoreLife> {
    const life = new StoreLife(open);
    await life.#becomeWriter();
    life.#reader = (await life.#start()).store;
    return life;
  }

  async take(event: StoreEvent): Promise<void> {
    switch (event.kind) {
      case 'write':
        return this.#write(event.seed, event.rows);
      case 'press':
        for (let i = 0; i < event.writes; i++) await this.#write(event.seed + i, 3);
        return;
      case 'remove':
        return this.#remove(event.seed, event.rows);
      case 'replace':
        return this.#replace(event.seed, event.rows);
      case 'settle':
        await this.#process.store.settle();
        this.#next = new Map(this.#own);
        return;
      case 'commit':
        return this.#commit();
      case 'look':
        return this.#look(event.seed);
      case 'notice':
        await this.#reader.readState();
        this.#views = this.#views.slice(-1);
        return;
      case 'wait':
        await pause(event.ms);
        return;
      case 'begin another term':
        await this.#release();
        this.#writer = await ChainWriter.acquire(this.#process.store, { ...OPTIONS, holder: 'it' });
        return;
      case 'close':
        await this.#release();
        await this.#end(this.#process);
        return this.#becomeWriter();
      case 'kill':
        this.#process.kill?.();
        return this.#becomeWriter();
      case 'take over':
        return this.#takeOver(event.seed);
    }
  }

  /** Ends with a state that names everything, and a store that has nothing else. */
  async finish(): Promise<void> {
    await this.take({ kind: 'settle' });
    await this.#release();
    // A writer that was replaced may still write pages of a merge, which its successor sweeps only when it begins.
    for (const process of this.#all) if (process.store !== this.#reader) await this.#end(process);
    await this.#becomeWriter();
    for (let i = 0; i < 5; i++) await this.#look(i);
    const { store } = this.#process;
    expect(await store.damagedRuns(new AbortController().signal)).toEqual([]);
    await untilSwept(store);
    for (const process of this.#all) await this.#end(process);
  }

  async #start(): Promise<OpenStore> {
    const process = await this.#open();
    this.#all.push(process);
    return process;
  }

  async #end(process: OpenStore): Promise<void> {
    await process.store.close();
  }

  async #becomeWriter(): Promise<void> {
    this.#process = await this.#start();
    this.#writer = await ChainWriter.acquire(this.#process.store, { ...OPTIONS, holder: String(this.#all.length) });
    this.#own = new Map(this.#views.at(-1));
    this.#next = new Map(this.#own);
  }

  async #write(seed: number, count: number): Promise<void> {
    const postings = this.#newPostings(seed, count);
    await this.#writer.write(new Map([['postings', packRows(postings)]]));
    for (const { key, value } of postings) {
      const name = mapKey(key);
      const [own, next] = [this.#own.get(name), this.#next.get(name)];
      if (own === undefined) this.#own.set(name, { key, values: [toHex(value)] });
      this.#next.set(name, { key, values: [...((own ?? next)?.values ?? []), ...(next?.values ?? []), toHex(value)] });
    }
  }

  /** New ones, and some that were written before. */
  #newPostings(seed: number, count: number) {
    const random = new Random(seed);
    const from = random.below(HEIGHTS);
    const heights: Heights = random.below(4) === 0 ? 'all' : { from, to: Math.min(HEIGHTS, from + random.below(30)) };
    const maker = new PostingMaker(seed);
    const known = random.below(3) === 0 ? this.#someKnown(random, count >> 2) : [];
    return [...Array.from({ length: count }, () => maker.key(heights)), ...known].map((key) => {
      return { key, value: this.#valueOf(key) };
    });
  }

  /** Only `replace` gives a posting that is there another value, and what a process has replaced is lost if it is killed. */
  #valueOf(key: Uint8Array): Uint8Array {
    const value = this.#own.get(mapKey(key))?.values.at(-1);
    return value === undefined ? versionedValue(key, this.#versions.get(mapKey(key)) ?? 0) : fromHex(value);
  }

  #someKnown(random: Random, count: number): Uint8Array[] {
    const all = [...this.#own.values()];
    const some = all.length === 0 ? [] : Array.from({ length: count }, () => all[random.below(all.length)]!.key);
    return [...new Map(some.map((key) => [mapKey(key), key])).values()];
  }

  async #remove(seed: number, count: number): Promise<void> {
    const random = new Random(seed);
    const keys = [...this.#someKnown(random, count), new PostingMaker(seed).key()];
    await this.#process.store.remove('postings', keys);
    for (const key of keys) this.#own.delete(mapKey(key));
  }

  async #replace(seed: number, count: number): Promise<void> {
    const keys = this.#someKnown(new Random(seed), count);
    for (const key of keys) this.#versions.set(mapKey(key), (this.#versions.get(mapKey(key)) ?? 0) + 1);
    const postings = keys.map((key) => ({ key, value: versionedValue(key, this.#versions.get(mapKey(key))!) }));
    await this.#process.store.replace(new Map([['postings', packRows(postings)]]));
    for (const { key, value } of postings) {
      const name = mapKey(key);
      this.#own.set(name, { key, values: [toHex(value)] });
      this.#next.set(name, { key, values: [...(this.#next.get(name)?.values ?? []), toHex(value)] });
    }
  }

  async #commit(): Promise<void> {
    await this.#writer.commit({});
    this.#views.push(new Map(this.#next));
  }

  /** Giving the lease back is a change of the state as well. */
  async #release(): Promise<void> {
    await this.#writer.release();
    this.#views.push(new Map(this.#next));
  }

  /** Another process becomes the writer, and what the one before goes on to write counts for nothing. */
  async #takeOver(seed: number): Promise<void> {
    const [paused, process] = [this.#writer, this.#process];
    await this.#becomeWriter();
    for (let i = 0; i < 3; i++) {
      const strange = Array.from({ length: 5 }, () => new PostingMaker(seed + i).key());
      const postings = strange.map((key) => ({ key, value: Uint8Array.of(1, 2, 3) }));
      await paused.write(new Map([['postings', packRows(postings)]]));
    }
    await this.#write(seed, 10);
    await this.#commit();
    await expect(paused.commit({})).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await this.#compare(process.store, seed, [this.#views.at(-1)!]);
  }

  /** Compares what the writer sees, and what others do that know a state of before, or read the present one. */
  async #look(seed: number): Promise<void> {
    await this.#compare(this.#process.store, seed, [this.#own]);
    await this.#compare(this.#reader, seed, this.#views);
    await this.#compareWithState(seed);
    const { store } = await this.#start();
    await this.#compare(store, seed, [this.#views.at(-1)!]);
    await store.close();
  }

  async #compareWithState(seed: number): Promise<void> {
    const [lookUp, ...others] = lookUpsOf(seed);
    const blocks: LookUp = { table: 'blocks', keys: [new Uint8Array(4)], ranges: [], limit: 0, reverse: false };
    const { found, state } = await this.#reader.read([blocks, lookUp!, ...others], { withState: true });
    expect(found[0]!.values).toEqual([null]);
    expect(decodeState(state!.value).commit).toBe(this.#writer.state.commit);
    this.#views = this.#views.slice(-1);
    expectOneOf(
      found.slice(1).map(({ pages }) => pages),
      [lookUp!, ...others],
      this.#views,
    );
  }

  /** @param views one of them is the right one */
  async #compare(store: ChainStore, seed: number, views: readonly Postings[]): Promise<void> {
    const lookUps = lookUpsOf(seed);
    const { found } = await store.read(lookUps);
    expectOneOf(
      found.map(({ pages }) => pages),
      lookUps,
      views,
    );
    const keys = [...this.#someKnown(new Random(seed), 10), new PostingMaker(seed).key()];
    const values = await store.get('postings', keys);
    const isRight = (view: Postings) =>
      keys.every((key, i) => {
        const expected = view.get(mapKey(key))?.values;
        return expected === undefined ? values[i] === null : expected.includes(toHex(values[i] ?? Uint8Array.of(0)));
      });
    expect(views.some(isRight)).toBe(true);
  }
}

/** Looks up ranges, each in another way. */
function lookUpsOf(seed: number): LookUp[] {
  const random = new Random(seed);
  const maker = new PostingMaker(seed);
  return Array.from({ length: 6 }, () => ({
    table: 'postings' as const,
    keys: [],
    ranges: [maker.range(), maker.range()],
    limit: [1, 2, 5, 40, 10_000][random.below(5)]!,
    reverse: random.below(2) === 0,
    isSparse: random.below(2) === 0,
  }));
}

function expectOneOf(found: readonly Page[][], lookUps: readonly LookUp[], views: readonly Postings[]): void {
  const expected = views.map((view) =>
    lookUps.map(({ ranges, limit, reverse }) =>
      ranges.map((range) => describedKeys(pageOf(view, range, limit, reverse))),
    ),
  );
  const actual = views.map((view) => found.map((pages) => pages.map((page) => described(view, page))));
  const isRight = expected.some((_, i) => JSON.stringify(expected[i]) === JSON.stringify(actual[i]));
  if (!isRight) expect(actual.at(-1)).toEqual(expected.at(-1));
}
