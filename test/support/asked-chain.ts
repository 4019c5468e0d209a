import fc from 'fast-check';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { Order } from '../../src/query/filter.ts';
import type { ListPage, PageArguments } from '../../src/query/list.ts';
import type { FilterInput } from '../../src/query/parse-filter.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { knownOutput } from '../../src/store/transactions.ts';
import { indexQuietly } from './index-quietly.ts';
import { KEYS, MadeChain, WORDS } from './made-chain.ts';
import { holdsNaively, type SeenTransaction } from './naive-filter.ts';
import { filterInputOf } from './random-filters.ts';

const NETWORK = networkById('btc-regtest');
const FIRST_HEIGHT = 10;
/** More than the pages of any list of a chain of some blocks, one row each. */
const MOST_PAGES = 10_000;

/** How a list is read, page by page. */
export interface Reading {
  readonly filter: FilterInput;
  readonly order: Order;
  readonly fromBack: boolean;
  readonly size: number;
  /** The budget of each page. */
  readonly rows: number;
}

/** A made-up chain in a store, and all of its transactions beside it, to compare lists with. */
export class AskedChain {
  readonly everything: readonly SeenTransaction[];

  private constructor(everything: readonly SeenTransaction[]) {
    this.everything = everything;
  }

  /** Indexes a chain of some blocks into an empty store. */
  static async index(store: ChainStore, count: number): Promise<AskedChain> {
    const { blocks } = new MadeChain(42).mine(count);
    const node = new BlockListNode(NETWORK, FIRST_HEIGHT, blocks);
    await indexQuietly({ store, node, from: FIRST_HEIGHT, cacheBytes: 10_000, once: true });
    return new AskedChain(withSpends(readEverything(blocks)));
  }

  /** The ids of what a filter finds, by what it says of every transaction, one by one. */
  expected(filter: FilterInput, order: Order): string[] {
    const ids = idsOf(this.everything.filter((view) => holdsNaively(filter, view, NETWORK)));
    return order === 'NEWEST_FIRST' ? ids.reverse() : ids;
  }

  /** Any filter, order, direction, page size and budget. @param rows budgets */
  readingOf(rows: readonly number[] = [0, 1, 40, 10_000]): fc.Arbitrary<Reading> {
    const txids = this.everything.filter((_, i) => i % 9 === 0).map(({ transaction }) => transaction.txid);
    return fc.record({
      filter: filterInputOf({ words: WORDS, keys: KEYS, height: 80, times: [950, 1_650], txids, spent: true }),
      order: fc.constantFrom<Order>('NEWEST_FIRST', 'OLDEST_FIRST'),
      fromBack: fc.boolean(),
      size: fc.integer({ min: 1, max: 100 }),
      rows: fc.constantFrom(...rows),
    });
  }
}

/** Reads the whole list page by page, each page by a request of its own; checks what all pages promise. */
export async function walk<T>(
  page: (args: PageArguments) => Promise<ListPage<T>>,
  size: number,
  fromBack: boolean,
): Promise<T[]> {
  const nodes: T[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const args: PageArguments = fromBack ? { last: size, before: cursor } : { first: size, after: cursor };
    const { edges, pageInfo } = await page(args);
    const found = edges.map(({ node }) => node);
    nodes.push(...(fromBack ? found.reverse() : found));
    if (!(fromBack ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return fromBack ? nodes.reverse() : nodes;
    cursor = fromBack ? pageInfo.startCursor : pageInfo.endCursor;
  }
  throw new Error('the list does not end');
}

export function idsOf(views: readonly Pick<SeenTransaction, 'transaction'>[]): string[] {
  return views.map(({ transaction }) => hashToHex(transaction.txid));
}

/** The chain's transactions with what they spend, read from the raw blocks. */
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
      height: FIRST_HEIGHT + i,
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
