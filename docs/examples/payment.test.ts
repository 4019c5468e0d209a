import { type Dev, startDev } from 'bitql/dev';
import { afterAll, beforeAll, expect, it } from 'vitest';

let dev: Dev;
beforeAll(async () => {
  dev = await startDev();
}, 60_000);
afterAll(() => dev?.close());

it('takes a payment back that was double-spent', async () => {
  const { txid } = await dev.chain.send({ value: 50_000 });
  await dev.chain.doubleSpend(txid);
  await dev.settled();
  const query = 'query ($txid: Hash!) { transaction(txid: $txid) { removed { reason } } }';
  expect(await dev.query(query, { txid })).toEqual({ transaction: { removed: { reason: 'CONFLICT' } } });
});
