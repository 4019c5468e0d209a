import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { addressOf } from '../../src/chain/address.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import { type FilterInput, parseFilter } from '../../src/query/parse-filter.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { Budget } from '../../src/query/work.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { CountedStore } from '../support/counted-store.ts';
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
const COUNT = 2_000;
const PAID = p2pkhScript(1);

/** Which of the transactions say a word. */
const WORDS: Readonly<Record<string, (n: number) => boolean>> = {
  'all of them': () => true,
  'each eighth': (n) => n % 8 === 0,
  'all others': (n) => n % 8 !== 0,
  'the first half': (n) => n < COUNT / 2,
  'the second half': (n) => n >= COUNT / 2,
  'even hundreds': (n) => Math.floor(n / 100) % 2 === 0,
  'odd hundreds': (n) => Math.floor(n / 100) % 2 === 1,
};

describe('a page of transactions reads', () => {
  let store: ChainStore;

  beforeAll(async () => {
    store = await temporaryStore();
    const transactions = Array.from({ length: COUNT }, (_, n) => {
      const words = [...Object.keys(WORDS).filter((word) => WORDS[word]!(n)), `the number ${n}`];
      const outputs: MadeOutput[] = [
        { value: 1, script: PAID },
        { value: 0, script: dataScript(words.map(encode)) },
      ];
      return encodeTransaction([{ txid: hash256(Uint8Array.of(1)), index: n }], outputs, n);
    });
    const block = encodeBlock(new Uint8Array(32), 1_000, [encodeCoinbase(10, []), ...transactions]);
    const node = new BlockListNode(NETWORK, 10, [block]);
    await indexQuietly({ store, node, from: 10, cacheBytes: 1, once: true });
  });

  afterAll(() => store.close());

  async function readsOf(input: FilterInput, first: number) {
    const counted = new CountedStore(store);
    const request = { filter: parseFilter(input, NETWORK), order: 'NEWEST_FIRST' as const, args: { first } };
    const { edges } = await transactionsPage(await ChainReader.open(counted), request, new Budget(10_000));
    return { found: edges.length, ...counted.take() };
  }

  it('no more than a page of the one list that leads, and the transactions that it returns and one more', async () => {
    const address = addressOf(PAID, NETWORK)!;
    expect(await readsOf({ address }, 100)).toMatchObject({ found: 100, rows: 2 * 101 });
    expect((await readsOf({ address }, 1)).rows).toBeLessThan(40);
  });

  it('no page of a common list for each entry of a rarer one, whether they meet or not', async () => {
    const rare = says('each eighth');
    expect((await readsOf({ and: [rare, says('all others')] }, 100)).calls).toBeLessThan(40);
    expect((await readsOf({ and: [says('all of them'), rare] }, 100)).calls).toBeLessThan(20);
    const without = await readsOf({ and: [rare], not: says('all others') }, 100);
    expect(without).toMatchObject({ found: 100 });
    expect(without.calls).toBeLessThan(40);
  });

  it('little of lists that skip each other', async () => {
    const halves = await readsOf({ and: [says('the second half'), says('the first half')] }, 100);
    expect(halves.found).toBe(0);
    expect(halves.rows).toBeLessThan(300);
    const hundreds = await readsOf({ and: [says('even hundreds'), says('odd hundreds')] }, 100);
    expect(hundreds.found).toBe(0);
    expect(hundreds.rows).toBeLessThan(COUNT / 2);
  });

  it('only what matches of a prefix that the keys of its list do not hold whole, if that is little', async () => {
    const startsWith = (utf8: string): FilterInput => ({ data: [{ pushes: [{ startsWith: { utf8 } }] }] });
    // The numbers 171 and 1710 to 1719.
    const rare = await readsOf(startsWith('the number 171'), 100);
    expect(rare).toMatchObject({ found: 11, rows: 2 * 11 });
    const common = await readsOf(startsWith('the number 1'), 100);
    expect(common.found).toBe(100);
    expect(common.rows).toBeLessThan(500);
  });

  it('a page for all of many lists at once', async () => {
    const values = Object.keys(WORDS).map((utf8) => ({ utf8 }));
    const { found, calls } = await readsOf({ data: [{ pushes: [{ in: values }] }] }, 100);
    expect(found).toBe(100);
    expect(calls).toBeLessThan(10);
  });
});

function says(word: string): FilterInput {
  return { data: [{ pushes: [{ equals: { utf8: word } }] }] };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
