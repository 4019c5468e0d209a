import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, storeOf, type TestGateway } from './support.ts';

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

let store: ChainStore;
let gateway: TestGateway;

beforeAll(async () => {
  store = await storeOf(blocks(), FROM);
  gateway = await serve(store);
}, 120_000);

afterAll(async () => {
  await gateway?.close();
  await store?.close();
});

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
    const previous = made.at(-1);
    const tip = previous === undefined ? new Uint8Array(32) : hash256(previous.subarray(0, 80));
    made.push(encodeBlock(tip, 1_000_000 + 600 * i, [encodeCoinbase(FROM + i, []), ...transactions]));
  }
  return made;
}

async function stepsOf(filter: object) {
  const query = `query ($filter: TransactionFilter) {
    explainTransactions(filter: $filter) { steps { operation rows exact } }
  }`;
  const { data, errors } = await post(gateway.url, query, { filter });
  expect(errors).toBeUndefined();
  return data.explainTransactions.steps as { operation: string; rows: number; exact: boolean }[];
}

it.each(PACES.map(([what, pace, factor], key) => ({ what, pace, factor, key: key + 1 })))(
  'the rows of a list are estimated: $what',
  async ({ pace, factor, key }) => {
    const [step] = await stepsOf({ address: addressOfKey(key) });
    const count = rowsOf(pace);
    expect(step!.exact).toBe(factor === 1);
    expect(step!.rows).toBeLessThanOrEqual(count * factor);
    expect(step!.rows).toBeGreaterThanOrEqual(count / factor);
  },
);
