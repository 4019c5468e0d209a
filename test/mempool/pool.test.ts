import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feeOf } from '../../src/chain/transaction.ts';
import type { MiningOrder } from '../../src/mempool/mining-order.ts';
import { MiningOrders, orderOf } from '../../src/mempool/mining-orders.ts';
import { Pool } from '../../src/mempool/pool.ts';
import { effectiveFeeRateOf } from '../../src/mempool/relatives.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { Budget } from '../../src/query/work.ts';
import { decodeCommitNumber } from '../../src/store/commit-number.ts';
import { amount } from '../support/amount.ts';
import { idOf, type Moment, MovingChain } from '../support/moving-chain.ts';
import { type NaiveTransaction, naiveFeeRates } from '../support/naive-mining.ts';
import { MOVE_KEYS, moveOf, perform } from '../support/random-moves.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';

const REWARDS = Array.from({ length: MOVE_KEYS }, (_, key) => ({ value: 50, script: p2pkhScript(key) }));
const RUNS = amount({ usual: 30, long: 500 });

function naive({ pending }: Moment): NaiveTransaction[] {
  const ids = new Set(pending.map(({ transaction }) => idOf(transaction)));
  return pending.map(({ transaction, spent, arrival }) => ({
    id: idOf(transaction),
    arrival: arrival.epoch * 1e9 + arrival.counter,
    virtualSize: transaction.virtualSize,
    fee: feeOf(transaction, spent),
    parents: [
      ...new Set(transaction.inputs.map(({ previousTxid }) => Buffer.from(previousTxid).reverse().toString('hex'))),
    ].filter((parent) => ids.has(parent)),
  }));
}

/** The ids of an order with their effective fee rates. */
function shown(order: MiningOrder, { pending }: Moment): [string, number][] {
  return order.between(0, order.count).map(({ arrival, feeRate }) => {
    const { epoch, counter } = decodeCommitNumber(arrival);
    const found = pending.find((one) => one.arrival.epoch === epoch && one.arrival.counter === counter)!;
    return [idOf(found.transaction), feeRate];
  });
}

describe('the mempool in mining order', { timeout: 240_000 }, () => {
  it('follows all that happens to it, and is the same as one that is read anew', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(moveOf, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), async (steps) => {
        const chain = await MovingChain.create(REWARDS);
        try {
          const orders = new MiningOrders({ store: chain.store });
          for (const moves of steps) {
            for (const move of moves) await perform(chain, move);
            const reader = await ChainReader.open(chain.store);
            const order = shown(await orders.at(reader.snapshot), chain.now);
            const goOn = () => null;
            const anew = await orderOf(await Pool.load({ store: chain.store, goOn, count() {} }, reader.snapshot));
            expect(order).toEqual(shown(anew, chain.now));
            const expected = naiveFeeRates(naive(chain.now));
            expect(order.map(([id]) => id).sort()).toEqual([...expected.keys()].sort());
            for (const [id, feeRate] of order) expect(feeRate).toBeCloseTo(expected.get(id)!, 9);
            await tellsEach(reader, chain.now, expected);
          }
        } finally {
          await chain.close();
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('is read once for all who ask at once, and for an index that was begun anew', async () => {
    const chain = await MovingChain.create(REWARDS);
    const other = await MovingChain.create(REWARDS);
    const orders = new MiningOrders({ store: chain.store });
    const { snapshot } = await ChainReader.open(chain.store);
    const [first, second] = await Promise.all([orders.at(snapshot), orders.at(snapshot)]);
    expect(first).toBe(second);
    const { snapshot: anew } = await ChainReader.open(other.store);
    expect(await orders.at(anew)).not.toBe(first);
    await Promise.all([chain.close(), other.close()]);
  });
});

/** Each transaction by itself tells the same. */
async function tellsEach(
  reader: ChainReader,
  { pending }: Moment,
  expected: ReadonlyMap<string, number>,
): Promise<void> {
  const context = { reader, budget: new Budget(100_000) };
  for (const { transaction } of pending) {
    const view = (await reader.transactionById(transaction.txid))!;
    const feeRate = await effectiveFeeRateOf(view, context);
    const own = expected.get(idOf(transaction));
    if (own === undefined) expect(feeRate).toBeNull();
    else expect(feeRate).toBeCloseTo(own, 9);
  }
}
