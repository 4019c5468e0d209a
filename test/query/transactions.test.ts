import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { balanceOf } from '../../src/query/balance.ts';
import { blocksPage } from '../../src/query/blocks.ts';
import { type Filter, NO_FILTER, type Order, type PushCondition } from '../../src/query/filter.ts';
import type { ListPage, PageArguments } from '../../src/query/list.ts';
import { type MatchSubject, matches } from '../../src/query/match.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { unspentPage } from '../../src/query/unspent.ts';
import { Budget } from '../../src/query/work.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { knownOutput } from '../../src/store/transactions.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { KEYS, MadeChain, WORDS } from '../support/made-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const NETWORK = networkById('btc-regtest');
const BLOCKS = 60;
const bytes = (text: string) => new TextEncoder().encode(text);

/** Reads the whole list page by page, each page by a request of its own; checks what all pages promise. */
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

const conditionOf = fc.record({
  index: fc.option(fc.nat(3)),
  match: fc.record({
    kind: fc.constantFrom('equals' as const, 'startsWith' as const),
    bytes: fc.constantFrom(...WORDS.slice(1), 'abcdef', 'nothing').map(bytes),
  }),
}) satisfies fc.Arbitrary<PushCondition>;

describe('transactions of a made-up chain', () => {
  let store: ChainStore;
  let everything: MatchSubject[];

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
    everything = readEverything(blocks);
  });

  afterAll(() => store.close());

  const page = async (filter: Filter, order: Order, args: PageArguments, rows = 10_000) =>
    transactionsPage(await ChainReader.open(store), { filter, order, args }, new Budget(rows));

  const idsOf = (views: readonly Pick<MatchSubject, 'transaction'>[]) =>
    views.map(({ transaction }) => hashToHex(transaction.txid));

  /** What the filter says of every transaction, one by one. */
  const expected = (filter: Filter, order: Order) => {
    const ids = idsOf(everything.filter((view) => matches(filter, view)));
    return order === 'NEWEST_FIRST' ? ids.reverse() : ids;
  };

  const orderOf = fc.constantFrom<Order>('NEWEST_FIRST', 'OLDEST_FIRST');
  const filterOf = fc.record({
    txids: fc.option(fc.array(fc.nat(BLOCKS * 4), { maxLength: 4 }), { freq: 8 }),
    lockingScript: fc.option(fc.nat(KEYS).map(p2pkhScript), { freq: 1 }),
    heights: fc.option(
      fc.tuple(fc.nat(80), fc.nat(80)).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
      { freq: 1 },
    ),
    times: fc.option(
      fc.tuple(fc.nat(700), fc.nat(700)).map(([a, b]) => ({ from: 950 + Math.min(a, b), to: 950 + Math.max(a, b) })),
      { freq: 1 },
    ),
    coinbase: fc.option(fc.boolean(), { freq: 1 }),
    confirmed: fc.option(fc.boolean(), { freq: 8 }),
    removed: fc.constant(false),
    data: fc.array(fc.record({ pushes: fc.array(conditionOf, { minLength: 1, maxLength: 2 }) }), { maxLength: 2 }),
  });

  it('are found by any filter as by looking at each, in both orders, paged both ways, whatever the page size and budget', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          made: filterOf,
          order: orderOf,
          fromBack: fc.boolean(),
          size: fc.integer({ min: 1, max: 100 }),
          rows: fc.constantFrom(0, 1, 40, 10_000),
        }),
        async ({ made, order, fromBack, size, rows }) => {
          const filter = {
            ...made,
            txids: made.txids?.map((i) => everything[i % everything.length]!.transaction.txid) ?? null,
          };
          const found = await walk(
            (args) => page(filter, order, args, hasShortPrefix(filter) ? 10_000 : rows),
            () => size,
            fromBack,
          );
          expect(idsOf(found)).toEqual(expected(filter, order));
        },
      ),
      { numRuns: 200 },
    );
  }, 120_000);

  it('come as all, newest first, without a filter', async () => {
    const found = await walk(
      (args) => page(NO_FILTER, 'NEWEST_FIRST', args),
      () => 100,
      false,
    );
    expect(idsOf(found)).toEqual(expected(NO_FILTER, 'NEWEST_FIRST'));
    expect(found.length).toBe(everything.length);
  });

  it('are looked through one by one where no index serves the filter and the blocks are few', async () => {
    const filter: Filter = { ...NO_FILTER, data: [{ pushes: [{ index: 1, match: null }] }] };
    const found = await walk(
      (args) => page(filter, 'NEWEST_FIRST', args),
      () => 9,
      false,
    );
    expect(found.length).toBeGreaterThan(0);
    expect(idsOf(found)).toEqual(expected(filter, 'NEWEST_FIRST'));
  });

  it('refuse a cursor of another list, a damaged one, and sizes out of range', async () => {
    const { pageInfo } = await page(NO_FILTER, 'NEWEST_FIRST', { first: 2 });
    const after = pageInfo.endCursor!;
    await expect(page(NO_FILTER, 'OLDEST_FIRST', { after })).rejects.toMatchObject({ code: 'BAD_CURSOR' });
    await expect(page({ ...NO_FILTER, coinbase: true }, 'NEWEST_FIRST', { after })).rejects.toMatchObject({
      code: 'BAD_CURSOR',
    });
    await expect(page(NO_FILTER, 'NEWEST_FIRST', { after: `${after.slice(0, -2)}!!` })).rejects.toMatchObject({
      code: 'BAD_CURSOR',
    });
    for (const args of [{ first: 0 }, { first: 101 }, { last: -1 }, { first: 1, last: 1 }]) {
      await expect(page(NO_FILTER, 'NEWEST_FIRST', args)).rejects.toMatchObject({ code: 'BAD_QUERY' });
    }
  });

  it('refuse a cursor of a chain with another block at its tip, however alike their hashes are', async () => {
    const { pageInfo } = await page(NO_FILTER, 'NEWEST_FIRST', { first: 2 });
    const bytes = Buffer.from(pageInfo.endCursor!, 'base64url');
    const { snapshot } = await ChainReader.open(store);
    const hash = Buffer.from(snapshot.tip!.hash, 'hex');
    const hashAt = bytes.indexOf(hash);
    expect(hashAt).toBeGreaterThan(0);
    for (const at of [0, 8, 16, 31]) {
      const other = Buffer.from(bytes);
      other[hashAt + at]! ^= 1;
      await expect(page(NO_FILTER, 'NEWEST_FIRST', { after: other.toString('base64url') })).rejects.toMatchObject({
        code: 'CURSOR_EXPIRED',
      });
    }
  });

  it('with a prefix too short for the index are gathered as far as the budget goes', async () => {
    const filter: Filter = {
      ...NO_FILTER,
      data: [{ pushes: [{ index: null, match: { kind: 'startsWith', bytes: bytes('a') } }] }],
    };
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

  it('give blocks, paged in both orders and both ways', async () => {
    for (const order of ['NEWEST_FIRST', 'OLDEST_FIRST'] as const) {
      for (const fromBack of [false, true]) {
        const found = await walk(
          async (args) => blocksPage(await ChainReader.open(store), order, args),
          () => 7,
          fromBack,
        );
        const heights = Array.from({ length: BLOCKS }, (_, i) => 10 + i);
        expect(found.map(({ height }) => height)).toEqual(order === 'NEWEST_FIRST' ? heights.reverse() : heights);
      }
    }
  });

  it('give each key the outputs that nothing spends, and the sums of all it received and spent', async () => {
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
      const balance = await balanceOf(await ChainReader.open(store), script, new Budget(10_000));
      const sum = received.reduce((total, { value }) => total + value, 0);
      const left = received.filter(({ name }) => !spends.has(name)).reduce((total, { value }) => total + value, 0);
      expect(balance).toMatchObject({ received: sum, spent: sum - left });
      await expect(balanceOf(await ChainReader.open(store), script, new Budget(0))).rejects.toMatchObject({
        code: 'BUDGET_EXCEEDED',
      });
    }
  });
});

function hasShortPrefix({ data }: Filter): boolean {
  return data.some(({ pushes }) => pushes.some(({ match }) => match?.kind === 'startsWith' && match.bytes.length < 4));
}

/** The chain's transactions with what they spend, read from the raw blocks. */
function readEverything(blocks: readonly Uint8Array[]): MatchSubject[] {
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
            return output === undefined ? null : knownOutput(output, NETWORK);
          }),
    })),
  );
}
