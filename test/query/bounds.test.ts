import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { addressOf } from '../../src/chain/address.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { PageArguments } from '../../src/query/list.ts';
import { unspentPage } from '../../src/query/outputs.ts';
import { parseFilter } from '../../src/query/parse-filter.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { Budget } from '../../src/query/work.ts';
import type { ChainStore, ReadStore } from '../../src/store/store.ts';
import { readingStore } from '../support/altered-store.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import {
  dataScript,
  encodeBlock,
  encodeCoinbase,
  encodeTransaction,
  type MadeOutput,
  p2pkhScript,
} from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const NETWORK = networkById('btc-regtest');
const SCRIPT = p2pkhScript(1);

/** The work that hostile transactions may cause for a request. */
describe('a request', () => {
  let store: ChainStore;

  beforeEach(async () => {
    store = await temporaryStore();
  });

  afterEach(() => store.close());

  /** Indexes one block at height 10: a coinbase, and then transactions that all spend unknown outputs. */
  async function indexBlock(transactions: readonly (readonly MadeOutput[])[]): Promise<void> {
    const raw = transactions.map((outputs, i) => encodeTransaction([{ txid: SPENT, index: i }], outputs, i));
    const block = encodeBlock(new Uint8Array(32), 1_000, [encodeCoinbase(10, []), ...raw]);
    await indexQuietly({
      store,
      node: new BlockListNode(NETWORK, 10, [block]),
      from: 10,
      cacheBytes: 1,
      once: true,
    });
  }
  const SPENT = hash256(Uint8Array.of(1));

  it('reads no more outputs of one transaction than its page needs, and reaches all of them', async () => {
    await indexBlock([Array.from({ length: 2_000 }, () => ({ value: 1, script: SCRIPT }))]);
    const scanned = counting(store);
    const page = async (args: PageArguments, rows: number) =>
      unspentPage(
        await ChainReader.open(scanned.store),
        { lockingScript: SCRIPT, order: 'NEWEST_FIRST', args },
        new Budget(rows),
      );
    const { edges } = await page({ first: 3 }, 10_000);
    expect(edges.map(({ node }) => node.index)).toEqual([1_999, 1_998, 1_997]);
    // Two for each output, because its spender may be unconfirmed.
    expect(scanned.ranges()).toBeLessThan(300);
    const seen: number[] = [];
    for (let after: string | null = null; ; ) {
      const { edges, pageInfo } = await page({ first: 100, after }, 1);
      seen.push(...edges.map(({ node }) => node.index));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
    }
    expect(seen).toEqual(Array.from({ length: 2_000 }, (_, i) => 1_999 - i));
  });

  it.each(['OLDEST_FIRST', 'NEWEST_FIRST'] as const)(
    'looks for coinbases only where there are blocks, %s',
    async (order) => {
      await indexBlock([[{ value: 1, script: SCRIPT }]]);
      const filter = parseFilter({ or: [{ coinbase: true }, { address: addressOf(SCRIPT, NETWORK)! }] }, NETWORK);
      const budget = new Budget(10_000);
      const { edges, pageInfo } = await transactionsPage(
        await ChainReader.open(store),
        { filter, order, args: {} },
        budget,
      );
      expect([edges.length, pageInfo.hasNextPage]).toEqual([2, false]);
      expect(budget.spent).toBeLessThan(20);
    },
  );

  it('lists outputs of no value as unspent', async () => {
    await indexBlock([[{ value: 0, script: SCRIPT }]]);
    const { edges } = await unspentPage(
      await ChainReader.open(store),
      { lockingScript: SCRIPT, order: 'NEWEST_FIRST', args: {} },
      new Budget(10_000),
    );
    expect(edges).toHaveLength(1);
  });

  it('finds coinbases by what is said of inputs, without a look at heights that no block has', async () => {
    await indexBlock([[{ value: 1, script: SCRIPT }]]);
    const filter = parseFilter({ or: [{ inputs: [{ coinbase: true }], size: { gt: 0 } }] }, NETWORK);
    for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST'] as const) {
      const reader = await ChainReader.open(store);
      const { edges, pageInfo } = await transactionsPage(reader, { filter, order, args: {} }, new Budget(100));
      expect(edges.map(({ node }) => node.index)).toEqual([0]);
      expect(pageInfo).toMatchObject({ budgetExhausted: false, hasNextPage: false });
    }
  });

  it('pays for large transactions by their size, however they were found', async () => {
    const large = { value: 0, script: dataScript([new Uint8Array(500_000)]) };
    await indexBlock(Array.from({ length: 60 }, () => [{ value: 1, script: SCRIPT }, large]));
    const data = [{ pushes: [{ index: 5 }] }];
    for (const input of [{ data, address: addressOf(SCRIPT, NETWORK)! }, { data }]) {
      const filter = parseFilter(input, NETWORK);
      const found = await transactionsPage(
        await ChainReader.open(store),
        { filter, order: 'NEWEST_FIRST', args: {} },
        new Budget(600),
      );
      expect(found.pageInfo).toMatchObject({ budgetExhausted: true, hasNextPage: true });
    }
  });
});

/** Counts the ranges that are scanned. */
function counting(store: ChainStore): { store: ReadStore; ranges: () => number } {
  let ranges = 0;
  return {
    ranges: () => ranges,
    store: readingStore(store, {
      read(lookUps, options) {
        for (const asked of lookUps) ranges += asked.ranges.length;
        return store.read(lookUps, options);
      },
    }),
  };
}
