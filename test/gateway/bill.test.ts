import { describe, expect, it } from 'vitest';
import { type Account, Bill, type PointsPayment, pointsOfBytes } from '../../src/gateway/cost/bill.ts';
import { MAX_PRICE, plus, sum, times } from '../../src/gateway/cost/price.ts';

/** An account with so many points, of which some are reserved. */
class TestAccount implements Account {
  readonly maxCost = 1_000;
  left: number;
  reserved: number;

  constructor(left: number, reserved = left) {
    this.left = left;
    this.reserved = reserved;
  }

  trySpend(points: number): PointsPayment | null {
    if (points > this.reserved) return null;
    this.left -= points;
    this.reserved -= points;
    return {
      points,
      giveBack: (back) => {
        this.left += back;
      },
    };
  }

  async spend(points: number): Promise<PointsPayment> {
    await Promise.resolve();
    if (points > this.left) throw new Error('nothing is left');
    this.reserved = Math.max(this.reserved, points);
    return this.trySpend(points)!;
  }
}

describe('a bill', () => {
  it('gives back the part of the price that a request did not need', async () => {
    const account = new TestAccount(1_000);
    const bill = new Bill(account);
    await bill.begin();
    expect([account.left, bill.cost]).toEqual([900, null]);
    await bill.charge({ price: 500 });
    expect([account.left, bill.cost]).toEqual([500, { requested: 500, charged: 500 }]);
    bill.use(50);
    expect(account.left).toBe(500);
    await bill.settle();
    await bill.settle();
    expect([account.left, bill.cost]).toEqual([850, { requested: 500, charged: 150 }]);
  });

  it.each([
    ['dearer than one may be', 5_000, 1_000],
    ['dearer than what is left', 600, 400],
    ['dearer than any', MAX_PRICE, 1_000],
  ])('of a request that is %s is the least that any request costs', async (_, price, left) => {
    const account = new TestAccount(left);
    const bill = new Bill(account);
    await bill.begin();
    await expect(bill.charge({ price })).rejects.toThrow();
    await bill.settle();
    expect(account.left).toBe(left - 100);
    expect(bill.cost).toEqual({ requested: price, charged: 100 });
  });

  it('adds what was received to what was done', async () => {
    const account = new TestAccount(1_000);
    const bill = new Bill(account);
    await bill.begin();
    await bill.receive(1024 + 7 * 32);
    expect(account.left).toBe(893);
    await bill.charge({ price: 500 });
    bill.use(70);
    await bill.settle();
    expect([account.left, bill.cost]).toEqual([1_000 - 177, { requested: 507, charged: 177 }]);
  });

  it('grows beyond the price as work is done', async () => {
    const account = new TestAccount(1_000);
    const bill = new Bill(account);
    await bill.begin();
    await bill.charge({ price: 500 });
    for (const left of [500, 500, 480, 220]) {
      bill.use(left === 480 ? 60 : left === 220 ? 260 : 180);
      expect(account.left).toBe(left);
    }
    await bill.settle();
    expect([account.left, bill.cost]).toEqual([220, { requested: 500, charged: 780 }]);
  });

  it('waits until a charge is reserved if it is asked to', async () => {
    const account = new TestAccount(1_000, 100);
    const bill = new Bill(account);
    await bill.begin();
    bill.use(30);
    bill.use(40);
    expect([account.left, bill.isOwing]).toEqual([900, true]);
    await bill.paid();
    expect([account.left, bill.isOwing]).toEqual([830, false]);
    await bill.settle();
    expect(account.left).toBe(830);
  });

  it('ends the request for good once something cannot be paid', async () => {
    const account = new TestAccount(150, 100);
    const bill = new Bill(account);
    await bill.begin();
    bill.use(60);
    await expect(bill.paid()).rejects.toThrow('nothing is left');
    expect(() => bill.use(1)).toThrow('nothing is left');
    await expect(bill.settle()).rejects.toThrow('nothing is left');
    expect(account.left).toBe(50);
  });

  it('never becomes more than one request may cost', async () => {
    const bill = new Bill(new TestAccount(10_000));
    await bill.begin();
    await bill.charge({ price: 900 });
    bill.use(900);
    expect(() => bill.use(1)).toThrow(
      'was found to cost more than 1000 while it ran; one request may cost at most 1000',
    );
    await expect(bill.settle()).rejects.toMatchObject({ code: 'COST_EXCEEDED' });
  });
});

it('a large request costs more than a small one', () => {
  expect([0, 1_024, 1_025, 2_048].map(pointsOfBytes)).toEqual([0, 0, 1, 32]);
});

it('a price is a number that can be counted, whatever it is made of', () => {
  const most = Array.from({ length: 40 }).reduce<ReturnType<typeof times>>((price) => times(1e9, price), 1e9);
  expect(most).toBe(MAX_PRICE);
  expect(sum([MAX_PRICE, MAX_PRICE, 1])).toBe(MAX_PRICE);
  for (const odd of [Number.NaN, Infinity, 1e300]) {
    expect(plus(odd, 1)).toBe(MAX_PRICE);
    expect(times(odd, 1)).toBe(MAX_PRICE);
  }
  expect(times(Infinity, 0)).toBe(0);
  expect(plus(-5, 1)).toBe(1);
});
