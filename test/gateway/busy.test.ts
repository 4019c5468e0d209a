import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { gatewayOver, post, serve, storeOf, type TestGateway } from './support.ts';

const FIRST = 10;
const BLOCKS = 40;
const OF_BLOCK = 50;
const BUDGET = 120;
/** Too little for a balance, though sums of whole pages are stored. */
const LITTLE = 8;
const [busy, quiet] = [1, 2].map((key) => addressOf(p2pkhScript(key), networkById('btc-regtest'))!);

/** In each block, the busy address spends all that it was paid in the block before, except for one output. */
const gateway = gatewayOver(
  () => {
    const blocks: Uint8Array[] = [];
    let coins: { txid: Uint8Array; index: number }[] = [];
    for (let height = 0; height < BLOCKS; height++) {
      const made = Array.from({ length: OF_BLOCK }, (_, i) => {
        const input = coins[i + 1] ?? { txid: hash256(Uint8Array.of(i, height)), index: 0 };
        return encodeTransaction([input], [{ value: 10, script: p2pkhScript(1) }], 1_000 * height + i);
      });
      const coinbase = encodeCoinbase(height, [{ value: 7, script: p2pkhScript(height === 0 ? 2 : 3) }]);
      const previous = blocks.at(-1)?.subarray(0, 80);
      const before = previous === undefined ? new Uint8Array(32) : hash256(previous);
      blocks.push(encodeBlock(before, 1_000 + height, [coinbase, ...made]));
      coins = made.map((one) => ({ txid: hash256(one), index: 0 }));
    }
    return storeOf(blocks, FIRST);
  },
  { scanBudget: BUDGET },
);

/** The items of a list and the number of pages, each within the budget. */
async function walk(list: string, first: number) {
  const items: unknown[] = [];
  let pages = 0;
  for (let after: string | null = null; ; pages++) {
    const query = `query ($after: Cursor) { address(address: "${busy}") { list: ${list}(first: ${first}, after: $after) {
      nodes { __typename } pageInfo { endCursor hasNextPage }
    } } }`;
    const { data, errors } = await post(gateway.url, query, { after });
    expect(errors).toBeUndefined();
    items.push(...data.address.list.nodes);
    if (!data.address.list.pageInfo.hasNextPage) return { count: items.length, pages: pages + 1 };
    after = data.address.list.pageInfo.endCursor;
  }
}

it('history and unspent outputs of a busy address come in pages, whatever the budget of one', async () => {
  expect(await walk('transactions', 100)).toMatchObject({ count: BLOCKS * OF_BLOCK });
  const unspent = await walk('unspentOutputs', 100);
  // One of each block but the last, where nothing is spent yet.
  expect(unspent.count).toBe(BLOCKS - 1 + OF_BLOCK);
  expect(unspent.pages).toBeGreaterThan(10);
});

const BALANCE = `address
  balance { received spent unspent transactionCount }
  balanceUnknown { received spent transactionCount upToHeight }`;

let poor: TestGateway;
beforeAll(async () => {
  poor = await serve(gateway.store, { scanBudget: LITTLE });
});
afterAll(() => poor.close());

it('its balance is null without an error, with what is known beside it, and spoils no other', async () => {
  const { data, errors } = await post(
    poor.url,
    `{ quiet: address(address: "${quiet}") { ${BALANCE} } busy: address(address: "${busy}") { ${BALANCE} } }`,
  );
  expect(errors).toBeUndefined();
  const balance = { received: 7, spent: 0, unspent: null, transactionCount: 1 };
  expect(data.quiet).toEqual({ address: quiet, balance, balanceUnknown: null });
  const { balance: none, balanceUnknown } = data.busy;
  const { received, spent, transactionCount, upToHeight } = balanceUnknown;
  expect(none).toBeNull();
  expect(transactionCount).toBeGreaterThan(OF_BLOCK);
  expect(transactionCount).toBeLessThan(BLOCKS * OF_BLOCK);
  expect(received).toBe(10 * transactionCount);
  expect(spent).toBeLessThan(received);
  // The block of the last row that was read may be included in part.
  expect(upToHeight).toBe(FIRST + Math.floor(transactionCount / OF_BLOCK) - 1);
});

it('is the same wherever it is asked for', async () => {
  const { data, errors } = await post(poor.url, `{ addresses(addresses: ["${busy}", "${quiet}"]) { ${BALANCE} } }`);
  expect(errors).toBeUndefined();
  const [one] = data.addresses;
  expect([one.balance, one.balanceUnknown.received > 0]).toEqual([null, true]);
});
