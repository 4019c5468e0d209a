import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { errorCode } from '../../src/errors.ts';
import { addUp } from '../../src/query/balance.ts';
import { blocksPage, parseBlockFilter } from '../../src/query/blocks.ts';
import type { Order } from '../../src/query/filter.ts';
import type { ListPage, PageArguments } from '../../src/query/list.ts';
import { unspentPage } from '../../src/query/outputs.ts';
import { type FilterInput, parseFilter } from '../../src/query/parse-filter.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { Budget } from '../../src/query/work.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { knownOutput } from '../../src/store/transactions.ts';
import { amount } from '../support/amount.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { KEYS, MadeChain, WORDS } from '../support/made-chain.ts';
import { holdsNaively, type SeenTransaction } from '../support/naive-filter.ts';
import { filterInputOf } from '../support/random-filters.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const NETWORK = networkById('btc-regtest');
const BLOCKS = 60;
const RUNS = amount({ usual: 400, long: 10_000 });
/** Reads the whole list page by page, each page by a request of its own, and checks the page info of each. */
async function walk<T>(
  page: (args: PageArguments) => Promise<ListPage<T>>,
  size: () => number,
  fromBack: boolean,
): Promise<T[]> {
  const nodes: T[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < 10_000; pages++) {
    const args: PageArguments = fromBack ? { last: size(), before: cursor } : { first: size(), after: cursor };
    const { edges, pageInfo } = await page(args);
    const found = edges.map(({ node }) => node);
    nodes.push(...(fromBack ? found.reverse() : found));
    if (!(fromBack ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return fromBack ? nodes.reverse() : nodes;
    cursor = fromBack ? pageInfo.startCursor : pageInfo.endCursor;
  }
  throw new Error('the list does not end');
}

describe('transactions of a made-up chain', () => {
  let store: ChainStore;
  let everything: SeenTransaction[];

  beforeAll(async () => {
    store = await temporaryStore();
    const blocks = new MadeChain(42).mine(BLOCKS).blocks;
    await indexQuietly({
      store,
      node: new BlockListNode(NETWORK, 10, blocks),
      from: 10,
      cacheBytes: 10_000,
      once: true,
    });
    everything = withSpends(readEverything(blocks));
  });

  afterAll(() => store.close());

  const page = async (filter: FilterInput, order: Order, args: PageArguments, rows = 10_000) => {
    const request = { filter: parseFilter(filter, NETWORK), order, args };
    return transactionsPage(await ChainReader.open(store), request, new Budget(rows));
  };

  const idsOf = (views: readonly Pick<SeenTransaction, 'transaction'>[]) =>
    views.map(({ transaction }) => hashToHex(transaction.txid));

  /** The ids of the transactions that match the filter, checked one by one. */
  const expected = (filter: FilterInput, order: Order) => {
    const ids = idsOf(everything.filter((view) => holdsNaively(filter, view, NETWORK)));
    return order === 'NEWEST_FIRST' ? ids.reverse() : ids;
  };

  it('are found by any filter as by checking each one, in both orders, paged both ways, with any page size and budget', async () => {
    const txids = everything.filter((_, i) => i % 9 === 0).map(({ transaction }) => transaction.txid);
    const filterOf = filterInputOf({ words: WORDS, keys: KEYS, height: 80, times: [950, 1_650], txids, spent: true });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          filter: filterOf,
          order: fc.constantFrom<Order>('NEWEST_FIRST', 'OLDEST_FIRST'),
          fromBack: fc.boolean(),
          size: fc.integer({ min: 1, max: 100 }),
          rows: fc.constantFrom(0, 1, 40, 10_000),
        }),
        async ({ filter, order, fromBack, size, rows }) => {
          const found = await walk(
            (args) =>
              page(filter, order, args, rows).catch((error) => {
                // A short prefix is gathered as a whole.
                if (errorCode(error) !== 'BUDGET_EXCEEDED') throw error;
                return page(filter, order, args, 100_000);
              }),
            () => size,
            fromBack,
          );
          expect(idsOf(found)).toEqual(expected(filter, order));
        },
      ),
      { numRuns: RUNS },
    );
  }, 240_000);

  it('are all listed, newest first, without a filter', async () => {
    const found = await walk(
      (args) => page({}, 'NEWEST_FIRST', args),
      () => 100,
      false,
    );
    expect(idsOf(found)).toEqual(expected({}, 'NEWEST_FIRST'));
    expect(found.length).toBe(everything.length);
  });

  it('are checked one by one if no index serves the filter and the blocks are few', async () => {
    const filter: FilterInput = { data: [{ pushes: [{ index: 1 }] }] };
    const found = await walk(
      (args) => page(filter, 'NEWEST_FIRST', args),
      () => 9,
      false,
    );
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

  it('refuse a cursor of a chain with another block at its tip, however similar their hashes are', async () => {
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

  it('with a prefix that is too short for the index are gathered as far as the budget allows', async () => {
    const filter: FilterInput = { data: [{ pushes: [{ startsWith: { utf8: 'a' } }] }] };
    await expect(page(filter, 'NEWEST_FIRST', {}, 0)).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(
      idsOf(
        await walk(
          (args) => page(filter, 'NEWEST_FIRST', args),
          () => 7,
          false,
        ),
      ),
    ).toEqual(expected(filter, 'NEWEST_FIRST'));
  });

  it('have blocks, paged in both orders and both ways', async () => {
    for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST'] as const) {
      for (const fromBack of [false, true]) {
        const found = await walk(
          async (args) =>
            blocksPage(
              await ChainReader.open(store),
              { filter: parseBlockFilter({}), order, args },
              new Budget(10_000),
            ),
          () => 7,
          fromBack,
        );
        const heights = Array.from({ length: BLOCKS }, (_, i) => 10 + i);
        expect(found.map(({ height }) => height)).toEqual(order === 'NEWEST_FIRST' ? heights.reverse() : heights);
      }
    }
  });

  it('have for each key its unspent outputs, and the sums of all that it received and spent', async () => {
    const spends = new Set(
      everything.flatMap(({ transaction }) =>
        transaction.inputs.map((i) => `${hashToHex(i.previousTxid)}:${i.previousIndex}`),
      ),
    );
    for (let key = 0; key < KEYS; key++) {
      const script = p2pkhScript(key);
      const received = everything.flatMap((view) =>
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
            () => 3,
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

/** The chain's transactions and the outputs that they spend, read from the raw blocks. */
function readEverything(blocks: readonly Uint8Array[]): SeenTransaction[] {
  const parsed = blocks.map((block) => parseBlock(block, NETWORK));
  const outputs = new Map(
    parsed.flatMap(({ transactions }) =>
      transactions.flatMap(({ txid, outputs }) =>
        outputs.map((output, i) => [`${hashToHex(txid)}:${i}`, output] as const),
      ),
    ),
  );
  return parsed.flatMap(({ header, transactions }, i) =>
    transactions.map((transaction) => ({
      height: 10 + i,
      transaction,
      time: header.time,
      spent: transaction.isCoinbase
        ? []
        : transaction.inputs.map(({ previousTxid, previousIndex }) => {
            const output = outputs.get(`${hashToHex(previousTxid)}:${previousIndex}`);
            if (output === undefined) return null;
            return knownOutput({ value: output.value, script: output.script }, NETWORK);
          }),
    })),
  );
}

/** The same transactions, each with which of its outputs others spend. */
function withSpends(all: readonly SeenTransaction[]): SeenTransaction[] {
  const name = (txid: Uint8Array, index: number) => `${hashToHex(txid)}:${index}`;
  const spent = new Set(
    all.flatMap(({ transaction }) => transaction.inputs.map((i) => name(i.previousTxid, i.previousIndex))),
  );
  return all.map((seen) => ({ ...seen, isSpent: (index) => spent.has(name(seen.transaction.txid, index)) }));
}
