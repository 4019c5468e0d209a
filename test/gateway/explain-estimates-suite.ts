import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { addressOf } from '../../src/chain/address.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

const NETWORK = networkById('btc-regtest');
const FROM = 10;
const BLOCKS = 1_000;

/** How many transactions of a block pay a key, by the number of the block. */
type Pace = (block: number) => number;

/** Each with the most that an estimate may be wrong, as a factor; 1 where it must be exact. */
const PACES: readonly (readonly [what: string, pace: Pace, factor: number])[] = [
  ['nothing', () => 0, 1],
  ['few in one block', (block) => (block === 500 ? 63 : 0), 1],
  ['few, far apart', (block) => (block % 20 === 7 ? 1 : 0), 1],
  ['one in each block', () => 1, 1.25],
  ['one in every third block', (block) => (block % 3 === 0 ? 1 : 0), 1],
  ['two in every second block', (block) => (block % 2 === 0 ? 2 : 0), 1.25],
  ['many in each of the last blocks', (block) => (block >= 880 ? 5 : 0), 2],
  ['more and more', (block) => Math.floor(block / 200), 1.5],
  ['many in one block', (block) => (block === 321 ? 700 : 0), 2],
  ['bursts, one after the other at equal distances', (block) => (block % 50 === 13 ? 60 : 0), 3],
  ['bursts of many sizes', (block) => (hash256(Uint8Array.of(block >> 8, block))[0]! < 10 ? 20 + (block % 90) : 0), 3],
];

const addressOfKey = (key: number) => addressOf(p2pkhScript(key), NETWORK)!;
const rowsOf = (pace: Pace) => Array.from({ length: BLOCKS }, (_, i) => pace(i)).reduce((sum, one) => sum + one, 0);

/** Addresses that are used a few times, from this key on. */
const FIRST_OF_WALLET = 20;
const WALLET = 200;
const USES = 4;

/** One that pays all addresses of a wallet. */
function payToWallet(block: number): Uint8Array {
  const outputs = Array.from({ length: WALLET }, (_, i) => ({ value: 1, script: p2pkhScript(FIRST_OF_WALLET + i) }));
  return encodeTransaction([{ txid: new Uint8Array(32).fill(block + 1), index: 0 }], outputs);
}

/** Transactions to the keys take turns, as they do in real blocks. */
function blocks(): Uint8Array[] {
  const made: Uint8Array[] = [];
  for (let i = 0; i < BLOCKS; i++) {
    const due = PACES.flatMap(([, pace], key) => Array.from({ length: pace(i) }, (_, n) => ({ key, n })));
    const transactions = due
      .sort((a, b) => a.n - b.n)
      .map(({ key }, n) => {
        const input = { txid: hash256(Uint8Array.of(i >> 8, i, n >> 8, n)), index: 0 };
        return encodeTransaction([input], [{ value: 100, script: p2pkhScript(key + 1) }]);
      });
    if (i < USES) transactions.push(payToWallet(i));
    const previous = made.at(-1);
    const tip = previous === undefined ? new Uint8Array(32) : hash256(previous.subarray(0, 80));
    made.push(encodeBlock(tip, 1_000_000 + 600 * i, [encodeCoinbase(FROM + i, []), ...transactions]));
  }
  return made;
}

/** How near estimates are, over a store. @param open an empty one */
export function describeEstimates(title: string, open: () => Promise<ChainStore>): void {
  describe(title, () => {
    let store: ChainStore;
    let gateway: TestGateway;

    beforeAll(async () => {
      store = await open();
      const node = new BlockListNode(NETWORK, FROM, blocks());
      await indexQuietly({ store, node, from: FROM, once: true });
      gateway = await serve(store);
    }, 240_000);

    afterAll(async () => {
      await gateway?.close();
      await store?.close();
    });

    async function explained(filter: object) {
      const query = `query ($filter: TransactionFilter) {
        explainTransactions(filter: $filter) { steps { operation rows exact } prediction { matches cost exact } }
      }`;
      const { data, errors } = await post(gateway.url, query, { filter });
      expect(errors).toBeUndefined();
      return data.explainTransactions as {
        steps: { operation: string; rows: number; exact: boolean }[];
        prediction: { matches: number; cost: number; exact: boolean };
      };
    }

    it.each(PACES.map(([what, pace, factor], key) => ({ what, pace, factor, key: key + 1 })))(
      'the rows of a list are estimated: $what',
      async ({ pace, factor, key }) => {
        const [step] = (await explained({ address: addressOfKey(key) })).steps;
        const count = rowsOf(pace);
        expect(step!.exact).toBe(factor === 1);
        expect(step!.rows).toBeLessThanOrEqual(count * factor);
        expect(step!.rows).toBeGreaterThanOrEqual(count / factor);
      },
    );

    it('a page of many addresses is predicted from a search that has read the first rows of each', async () => {
      const wallet = Array.from({ length: WALLET }, (_, i) => addressOfKey(FIRST_OF_WALLET + i));
      const filter = { addresses: [...wallet, addressOfKey(PACES.length)] };
      const { prediction } = await explained(filter);
      const query = 'query ($filter: TransactionFilter) { transactions(filter: $filter) { nodes { txid } } }';
      const { data, extensions } = await post(gateway.url, query, { filter });
      const { charged } = extensions!.cost as { charged: number };
      expect(prediction).toEqual({ matches: data.transactions.nodes.length, cost: charged, exact: true });
    });
  });
}
