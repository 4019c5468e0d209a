import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { addUp } from '../../src/query/balance.ts';
import { blocksPage, parseBlockFilter } from '../../src/query/blocks.ts';
import type { Order } from '../../src/query/filter.ts';
import type { PageArguments } from '../../src/query/list.ts';
import { unspentPage } from '../../src/query/outputs.ts';
import { type FilterInput, parseFilter } from '../../src/query/parse-filter.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { Budget } from '../../src/query/work.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { amount } from '../support/amount.ts';
import { AskedChain, idsOf, walk } from '../support/asked-chain.ts';
import { KEYS } from '../support/made-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { findByAnyFilter } from './any-filter.ts';

const NETWORK = networkById('btc-regtest');
const BLOCKS = 60;
const RUNS = amount({ usual: 400, long: 10_000 });
describe('transactions of a made-up chain', () => {
  let store: ChainStore;
  let chain: AskedChain;

  beforeAll(async () => {
    store = await temporaryStore();
    chain = await AskedChain.index(store, BLOCKS);
  });

  afterAll(() => store.close());

  const page = async (filter: FilterInput, order: Order, args: PageArguments, rows = 10_000) => {
    const request = { filter: parseFilter(filter, NETWORK), order, args };
    return transactionsPage(await ChainReader.open(store), request, new Budget(rows));
  };

  const expected = (filter: FilterInput, order: Order) => chain.expected(filter, order);

  it(
    'are found by any filter as by looking at each, in both orders, paged both ways, whatever the page size and budget',
    async () => {
      await findByAnyFilter(store, chain, RUNS);
    },
    RUNS * 1_000,
  );

  it('come as all, newest first, without a filter', async () => {
    const found = await walk((args) => page({}, 'NEWEST_FIRST', args), 100, false);
    expect(idsOf(found)).toEqual(expected({}, 'NEWEST_FIRST'));
    expect(found.length).toBe(chain.everything.length);
  });

  it('are looked through one by one where no index serves the filter and the blocks are few', async () => {
    const filter: FilterInput = { data: [{ pushes: [{ index: 1 }] }] };
    const found = await walk((args) => page(filter, 'NEWEST_FIRST', args), 9, false);
    expect(found.length).toBeGreaterThan(0);
    expect(idsOf(found)).toEqual(expected(filter, 'NEWEST_FIRST'));
  });

  it('refuse a cursor of another list, a damaged one, and sizes out of range', async () => {
    const { pageInfo } = await page({}, 'NEWEST_FIRST', { first: 2 });
    const after = pageInfo.endCursor!;
    await expect(page({}, 'OLDEST_FIRST', { after })).rejects.toMatchObject({ code: 'BAD_CURSOR' });
    await expect(page({ coinbase: true }, 'NEWEST_FIRST', { after })).rejects.toMatchObject({
      code: 'BAD_CURSOR',
    });
    await expect(page({}, 'NEWEST_FIRST', { after: `${after.slice(0, -2)}!!` })).rejects.toMatchObject({
      code: 'BAD_CURSOR',
    });
    for (const args of [{ first: 0 }, { first: 101 }, { last: -1 }, { first: 1, last: 1 }]) {
      await expect(page({}, 'NEWEST_FIRST', args)).rejects.toMatchObject({ code: 'BAD_QUERY' });
    }
  });

  it('refuse a cursor of a chain with another block at its tip, however alike their hashes are', async () => {
    const { pageInfo } = await page({}, 'NEWEST_FIRST', { first: 2 });
    const bytes = Buffer.from(pageInfo.endCursor!, 'base64url');
    const { snapshot } = await ChainReader.open(store);
    const hash = Buffer.from(snapshot.tip!.hash, 'hex');
    const hashAt = bytes.indexOf(hash);
    expect(hashAt).toBeGreaterThan(0);
    for (const at of [0, 8, 16, 31]) {
      const other = Buffer.from(bytes);
      other[hashAt + at]! ^= 1;
      await expect(page({}, 'NEWEST_FIRST', { after: other.toString('base64url') })).rejects.toMatchObject({
        code: 'CURSOR_EXPIRED',
      });
    }
  });

  it('with a prefix too short for the index are gathered as far as the budget goes', async () => {
    const filter: FilterInput = { data: [{ pushes: [{ startsWith: { utf8: 'a' } }] }] };
    await expect(page(filter, 'NEWEST_FIRST', {}, 0)).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(idsOf(await walk((args) => page(filter, 'NEWEST_FIRST', args), 7, false))).toEqual(
      expected(filter, 'NEWEST_FIRST'),
    );
  });

  it('give blocks, paged in both orders and both ways', async () => {
    for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST'] as const) {
      for (const fromBack of [false, true]) {
        const found = await walk(
          async (args) => {
            const request = { filter: parseBlockFilter({}), order, args };
            return blocksPage(await ChainReader.open(store), request, new Budget(10_000));
          },
          7,
          fromBack,
        );
        const heights = Array.from({ length: BLOCKS }, (_, i) => 10 + i);
        expect(found.map(({ height }) => height)).toEqual(order === 'NEWEST_FIRST' ? heights.reverse() : heights);
      }
    }
  });

  it('give each key the outputs that nothing spends, and the sums of all it received and spent', async () => {
    const spends = new Set(
      chain.everything.flatMap(({ transaction }) =>
        transaction.inputs.map((i) => `${hashToHex(i.previousTxid)}:${i.previousIndex}`),
      ),
    );
    for (let key = 0; key < KEYS; key++) {
      const script = p2pkhScript(key);
      const received = chain.everything.flatMap((view) =>
        view.transaction.outputs.flatMap(({ value, lockingScript }, index) =>
          Buffer.compare(lockingScript, script) === 0
            ? [{ name: `${hashToHex(view.transaction.txid)}:${index}`, value }]
            : [],
        ),
      );
      const unspent = received.filter(({ name }) => !spends.has(name)).map(({ name }) => name);
      for (const fromBack of [false, true]) {
        for (const [order, rows] of [
          ['OLDEST_FIRST', 10_000],
          ['OLDEST_FIRST', 1],
          ['NEWEST_FIRST', 1],
        ] as const) {
          const found = await walk(
            async (args) =>
              unspentPage(await ChainReader.open(store), { lockingScript: script, order, args }, new Budget(rows)),
            3,
            fromBack,
          );
          const names = found.map(({ transaction, index }) => `${hashToHex(transaction.transaction.txid)}:${index}`);
          expect(names).toEqual(order === 'OLDEST_FIRST' ? unspent : unspent.toReversed());
        }
      }
      const { whole } = await addUp(await ChainReader.open(store), [script], new Budget(10_000));
      const sum = received.reduce((total, { value }) => total + value, 0);
      const left = received.filter(({ name }) => !spends.has(name)).reduce((total, { value }) => total + value, 0);
      expect(whole).toMatchObject({ received: sum, spent: sum - left });
      const nothing = { received: 0, spent: 0, transactionCount: 0, upToHeight: null };
      expect(await addUp(await ChainReader.open(store), [script], new Budget(0))).toEqual({
        whole: null,
        part: nothing,
      });
    }
  });
});
