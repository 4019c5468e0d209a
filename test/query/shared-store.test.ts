import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { filterBy } from '../../src/query/filter.ts';
import type { PageArguments } from '../../src/query/list.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { SharedStore } from '../../src/query/shared-store.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { Budget } from '../../src/query/work.ts';
import type { ReadStore, StateRecord } from '../../src/store/store.ts';
import { readingStore } from '../support/altered-store.ts';
import { MovingChain } from '../support/moving-chain.ts';

const MIB = 1024 * 1024;
/** Heights of blocks, with the tip at 12. */
const DEEP = 6;
const SHALLOW = 7;

describe('a row that requests share', () => {
  let chain: MovingChain;
  let calls: string[];
  let counting: ReadStore;

  beforeEach(async () => {
    chain = await MovingChain.create([]);
    await chain.commit({ connect: Array.from({ length: 12 }, () => []) });
    calls = [];
    counting = countingStore(chain.store, calls);
  });

  afterEach(() => chain.close());

  it.each([
    [DEEP, MIB, 0],
    [SHALLOW, MIB, 3],
    [DEEP, 0, 3],
  ])('of block %i, with %i bytes of memory, leaves %i reads to the next one', async (height, bytes, left) => {
    const shared = new SharedStore(counting, bytes);
    const first = await listing(shared, height);
    expect(calls.sort()).toEqual(['get blocks', 'get totals', 'scan transactions', 'state']);
    calls.length = 0;
    expect(await listing(shared, height)).toEqual(first);
    expect(calls.filter((call) => call !== 'state')).toHaveLength(left);
    expect(calls).toContain('state');
  });

  it('is decoded once', async () => {
    const shared = new SharedStore(counting, MIB);
    const [one, other] = [await pageOf(shared, DEEP), await pageOf(shared, DEEP)];
    expect(one.edges[0]!.node).toBe(other.edges[0]!.node);
  });

  it('counts against the budget of each', async () => {
    const shared = new SharedStore(counting, MIB);
    await listing(shared, DEEP);
    const [budget, unshared] = [new Budget(3), new Budget(3)];
    await pageOf(shared, DEEP, budget);
    await pageOf(chain.store, DEEP, unshared);
    expect(budget).toEqual(unshared);
  });

  it('is forgotten when a reorganisation reaches it', async () => {
    const shared = new SharedStore(counting, MIB);
    const before = await listing(shared, DEEP);
    await chain.commit({ disconnect: 8, connect: Array.from({ length: 9 }, () => []) });
    const after = await listing(shared, DEEP);
    expect(after).toEqual(await listing(chain.store, DEEP));
    expect(after).not.toEqual(before);
  });

  async function listing(store: ReadStore, height: number): Promise<string[]> {
    return (await pageOf(store, height)).edges.map(({ node }) => hashToHex(node.txid));
  }

  async function pageOf(store: ReadStore, height: number, budget = new Budget(1_000), args: PageArguments = {}) {
    const reader = await ChainReader.open(store);
    await reader.blockAt(height);
    const filter = filterBy({ kind: 'height', bounds: { from: height, to: height } });
    return transactionsPage(reader, { filter, order: 'OLDEST_FIRST', args }, budget);
  }
});

it('is the next state for all requests during a read, never a state that was requested earlier', async () => {
  const reads: PromiseWithResolvers<StateRecord | null>[] = [];
  const store = {
    readState: () => {
      reads.push(Promise.withResolvers());
      return reads.at(-1)!.promise;
    },
  } as Partial<ReadStore> as ReadStore;
  const shared = new SharedStore(store, MIB);
  const first = shared.readState();
  await until('the first read', () => reads.length === 1);
  const others = [shared.readState(), shared.readState()];
  reads[0]!.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await until('the second read', () => reads.length === 2);
  reads[1]!.resolve(null);
  expect(await Promise.all(others)).toEqual([null, null]);
});

function countingStore(store: ReadStore, calls: string[]): ReadStore {
  return readingStore(store, {
    read: (lookUps, options) => {
      for (const { table, keys } of lookUps) calls.push(`${keys.length === 0 ? 'scan' : 'get'} ${table}`);
      return store.read(lookUps, options);
    },
    readState: () => {
      calls.push('state');
      return store.readState();
    },
  });
}
