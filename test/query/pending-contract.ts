import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { errorCode } from '../../src/errors.ts';
import { ByteSet } from '../../src/query/byte-set.ts';
import { conflictsOf } from '../../src/query/conflicts.ts';
import { filterBy, type Order } from '../../src/query/filter.ts';
import type { ListPage, PageArguments } from '../../src/query/list.ts';
import { unspentPage } from '../../src/query/outputs.ts';
import { type FilterInput, parseFilter } from '../../src/query/parse-filter.ts';
import { ChainReader } from '../../src/query/reader.ts';
import type { TransactionView } from '../../src/query/transaction-view.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { Budget } from '../../src/query/work.ts';
import { compareCommitNumbers } from '../../src/store/commit-number.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { idOf, type MadeTransaction, type Moment, MovingChain, outpointOf } from '../support/moving-chain.ts';
import { holdsNaively } from '../support/naive-filter.ts';
import { moveFilterOf, sometimes } from '../support/random-filters.ts';
import { MOVE_KEYS, type Move, moveOf, perform } from '../support/random-moves.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';

const NETWORK = networkById('btc-regtest');
const REWARDS = Array.from({ length: MOVE_KEYS }, (_, key) => ({ value: 50, script: p2pkhScript(key) }));

interface Seen extends MadeTransaction {
  readonly height: number | null;
  readonly time: number | null;
  readonly index: number;
}

/** All that is seen at a moment, in chain order. */
function seenAt({ blocks, pending }: Moment): Seen[] {
  return [
    ...blocks.flatMap(({ height, time, transactions }) =>
      transactions.map((made, index) => ({ ...made, height, time, index })),
    ),
    ...pending.map((made, index) => ({ ...made, height: null, time: null, index })),
  ];
}

/** What the filter says of each, one by one. */
function expectedIds(moment: Moment, filter: FilterInput, order: Order): string[] {
  const all = seenAt(moment);
  const spent = spentIn(all);
  const ids = all
    .filter((seen) => {
      const isSpent = (index: number) => spent.has(outpointOf(seen.transaction.txid, index));
      return holdsNaively(filter, { ...seen, isSpent }, NETWORK);
    })
    .map(({ transaction }) => idOf(transaction));
  return order === 'NEWEST_FIRST' ? ids.reverse() : ids;
}

/** The outputs that some of the transactions spend. */
function spentIn(seen: readonly Seen[]): Set<string> {
  return new Set(
    seen.flatMap(({ transaction }) => transaction.inputs.map((i) => outpointOf(i.previousTxid, i.previousIndex))),
  );
}

function expectedUnspent(moment: Moment, script: Uint8Array, order: Order): string[] {
  const seen = seenAt(moment);
  const spent = spentIn(seen);
  const unspent = seen.flatMap(({ transaction, height }) =>
    transaction.outputs.flatMap(({ lockingScript }, index) => {
      const outpoint = outpointOf(transaction.txid, index);
      // The first coinbase of all is in no set of unspent outputs.
      return height !== 0 && equalBytes(lockingScript, script) && !spent.has(outpoint) ? [outpoint] : [];
    }),
  );
  return order === 'NEWEST_FIRST' ? unspent.reverse() : unspent;
}

type Walk<T> = { readonly nodes: T[]; readonly expired: boolean };

/** Reads a list to its end, page by page, while things happen between the pages. */
async function walk<T>(
  page: (args: PageArguments) => Promise<ListPage<T>>,
  size: number,
  fromBack: boolean,
  between: () => Promise<void>,
): Promise<Walk<T>> {
  const nodes: T[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < 300; pages++) {
    const args: PageArguments = fromBack ? { last: size, before: cursor } : { first: size, after: cursor };
    try {
      const { edges, pageInfo } = await page(args);
      const found = edges.map(({ node }) => node);
      nodes.push(...(fromBack ? found.reverse() : found));
      const more = fromBack ? pageInfo.hasPreviousPage : pageInfo.hasNextPage;
      if (!more) return { nodes, expired: false };
      cursor = fromBack ? pageInfo.startCursor : pageInfo.endCursor;
    } catch (error) {
      if (errorCode(error) !== 'CURSOR_EXPIRED') throw error;
      return { nodes, expired: true };
    }
    await between();
  }
  throw new Error('the list does not end');
}

const scenarioOf = fc.record({
  before: fc.array(moveOf, { minLength: 3, maxLength: 14 }),
  during: fc.array(moveOf, { minLength: 1, maxLength: 8 }),
  order: fc.constantFrom<Order>('NEWEST_FIRST', 'OLDEST_FIRST'),
  fromBack: fc.boolean(),
  size: fc.integer({ min: 1, max: 6 }),
  rows: fc.constantFrom(1, 7, 10_000),
  /** Transactions of the first moment that are asked for by their ids. */
  picks: sometimes(fc.array(fc.nat(100), { maxLength: 6 })),
});

type Scenario = typeof scenarioOf extends fc.Arbitrary<infer S> ? S : never;

/** Sets the scene, and says whether a walk that begins now may end with an expired cursor. */
async function stage(chain: MovingChain, { before, during }: Scenario) {
  for (const move of before) await perform(chain, move);
  const moment = chain.now;
  const { commit } = (await ChainReader.open(chain.store)).snapshot;
  const moves = [...during];
  return {
    moment,
    between: async () => {
      const move = moves.shift();
      if (move !== undefined) await perform(chain, move);
    },
    async mayExpire(): Promise<'reorganised' | 'swept' | false> {
      const { height, hash } = moment.blocks.at(-1)!;
      if (chain.now.blocks[height]?.hash !== hash) return 'reorganised';
      const { swept } = decodeState((await chain.store.readState())!.value);
      return swept !== null && compareCommitNumbers(commit, swept) < 0 && 'swept';
    },
  };
}

/** @returns whether the walk came to its end */
async function walksTransactions(chain: MovingChain, scenario: Scenario, conditions: FilterInput): Promise<boolean> {
  const { moment, between, mayExpire } = await stage(chain, scenario);
  const { order, fromBack, size, rows, picks } = scenario;
  const seen = seenAt(moment);
  const txids = picks?.map((n) => seen[n % seen.length]!.transaction.txid);
  const input = txids === undefined ? conditions : { and: [conditions, { txids }] };
  const filter = parseFilter(input, NETWORK);
  const page = async (args: PageArguments) => {
    const reader = await ChainReader.open(chain.store);
    return inBudget(rows, (budget) => transactionsPage(reader, { filter, order, args }, budget));
  };
  const { nodes, expired } = await walk(page, size, fromBack, between);
  const ids = expectedIds(moment, input, order);
  const read = fromBack ? ids.reverse() : ids;
  const found = nodes.map(({ transaction }) => idOf(transaction));
  expect(found).toEqual(expired ? read.slice(0, found.length) : read);
  if (!expired) return true;
  const reason = await mayExpire();
  expect(reason).not.toBe(false);
  // A walk down that has reached the blocks goes on whatever is swept.
  const isDown = (order === 'NEWEST_FIRST') !== fromBack;
  if (reason === 'swept' && isDown && nodes.length > 0) expect(nodes.at(-1)!.height).toBeNull();
  return false;
}

/** Short prefixes are gathered as a whole, and refused if the budget does not suffice. Then it is tried again with much. */
async function inBudget<T>(rows: number, work: (budget: Budget) => Promise<T>): Promise<T> {
  try {
    return await work(new Budget(rows));
  } catch (error) {
    if (errorCode(error) !== 'BUDGET_EXCEEDED') throw error;
    return work(new Budget(100_000));
  }
}

async function walksUnspent(chain: MovingChain, scenario: Scenario, key: number): Promise<void> {
  const { moment, between, mayExpire } = await stage(chain, scenario);
  const { order, fromBack, size, rows } = scenario;
  const script = p2pkhScript(key);
  const page = async (args: PageArguments) =>
    unspentPage(await ChainReader.open(chain.store), { lockingScript: script, order, args }, new Budget(rows));
  const { nodes, expired } = await walk(page, size, fromBack, between);
  const outputs = expectedUnspent(moment, script, order);
  const read = fromBack ? outputs.reverse() : outputs;
  const found = nodes.map(({ transaction, index }) => outpointOf(transaction.transaction.txid, index));
  expect(found).toEqual(expired ? read.slice(0, found.length) : read);
  if (expired) expect(await mayExpire()).not.toBe(false);
}

async function tellsEach(chain: MovingChain, moves: readonly Move[]): Promise<void> {
  for (const move of moves) await perform(chain, move);
  const reader = await ChainReader.open(chain.store);
  const seen = seenAt(chain.now);
  for (const { transaction, height, index } of seen) {
    const view = await reader.transactionById(transaction.txid);
    expect(view).toMatchObject({ height, index: height === null ? null : index, departure: null });
    expect(idOf(view!.transaction)).toBe(idOf(transaction));
    await expectSpenders(view!, seen, reader);
    // Nothing that is seen conflicts with anything else that is.
    for (const { departure } of await conflictsOf(view!, reader, new Budget(10_000))) expect(departure).not.toBeNull();
  }
  const last = seen.slice(-4).map(({ transaction }) => transaction);
  const filter = filterBy({ kind: 'txid', txids: new ByteSet(last.map(({ txid }) => txid)) });
  const { edges } = await transactionsPage(reader, { filter, order: 'OLDEST_FIRST', args: {} }, new Budget(10_000));
  expect(edges.map(({ node }) => idOf(node.transaction))).toEqual(last.map(idOf));
}

/**
 * What lists of a chain and its mempool promise while both move on, whatever the store.
 * @param open an empty store, which goes away when it is closed
 * @param timeout of each test, in milliseconds
 */
export function describePendingLists(open: () => Promise<ChainStore>, runs: number, timeout: number): void {
  describe('a chain and its mempool, which move on', { timeout }, () => {
    const moving = async <T>(work: (chain: MovingChain) => Promise<T>): Promise<T> => {
      const chain = await MovingChain.create(REWARDS, await open());
      try {
        return await work(chain);
      } finally {
        await chain.close();
      }
    };

    it('show each transaction of the first page’s moment once, by any filter, in both orders, paged both ways', async () => {
      const ends: boolean[] = [];
      await fc.assert(
        fc.asyncProperty(scenarioOf, moveFilterOf(), async (scenario, filter) => {
          ends.push(await moving((chain) => walksTransactions(chain, scenario, filter)));
        }),
        { numRuns: runs },
      );
      expect(ends.filter((isWhole) => isWhole).length).toBeGreaterThan(runs / 5);
    });

    it('show the first coinbase by its script, though it cannot be spent', async () => {
      const ids = await moving(async (chain) => {
        const outputs = [{ lockingScript: { equals: p2pkhScript(0) } }];
        const filter = parseFilter({ outputs, block: { to: 0 } }, NETWORK);
        const reader = await ChainReader.open(chain.store);
        const { edges } = await transactionsPage(reader, { filter, order: 'OLDEST_FIRST', args: {} }, new Budget(100));
        return edges.map(({ node }) => idOf(node.transaction));
      });
      expect(ids).toHaveLength(1);
    });

    it('show each unspent output of the first page’s snapshot once, including pending ones', async () => {
      await fc.assert(
        fc.asyncProperty(scenarioOf, fc.nat(MOVE_KEYS - 1), (scenario, key) =>
          moving((chain) => walksUnspent(chain, scenario, key)),
        ),
        { numRuns: runs },
      );
    });

    it('tell every transaction by its id, what spends its outputs, and what conflicts with it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(moveOf, { minLength: 3, maxLength: 16 }), (moves) =>
          moving((chain) => tellsEach(chain, moves)),
        ),
        { numRuns: runs / 2 },
      );
    });
  });
}

async function expectSpenders(view: TransactionView, seen: readonly Seen[], reader: ChainReader) {
  const { transaction } = view;
  for (const index of transaction.outputs.keys()) {
    const expected = seen.find(({ transaction: { inputs } }) =>
      inputs.some((i) => i.previousIndex === index && equalBytes(i.previousTxid, transaction.txid)),
    );
    const spender = await reader.spenderOf(view, index);
    expect(spender && idOf(spender.transaction.transaction)).toBe(expected ? idOf(expected.transaction) : null);
  }
}
