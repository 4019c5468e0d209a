import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PoolGraph } from '../../src/mempool/pool-graph.ts';
import type { Chunk } from '../../src/mempool/pool-transaction.ts';
import { FREE_WORK } from '../../src/query/work.ts';
import { amount } from '../support/amount.ts';
import { type NaiveTransaction, naiveFeeRates } from '../support/naive-mining.ts';

const RUNS = amount({ usual: 300, long: 10_000 });

/** A transaction that is added. The numbers of its parents choose among those that are there. */
interface Addition {
  readonly kind: 'add';
  readonly fee: number | null;
  readonly size: number;
  readonly parents: number[];
}

type Step = Addition | { readonly kind: 'delete'; readonly n: number } | { readonly kind: 'order' };

const stepOf: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      fee: fc.option(fc.integer({ min: 0, max: 2_000 }), { freq: 20 }),
      size: fc.integer({ min: 1, max: 40 }),
      parents: fc.array(fc.nat(1_000), { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), n: fc.nat(1_000) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'order' as const }) },
);

/** A graph, and beside it what is in it. */
class Site {
  readonly graph = new PoolGraph();
  readonly here = new Map<string, NaiveTransaction>();
  readonly #ids = new Map<number, string>();
  #next = 0;

  async take(step: Step): Promise<void> {
    if (step.kind === 'order') await this.expectRight();
    else if (step.kind === 'delete') this.#delete([...this.here.keys()][step.n % (this.here.size || 1)]);
    else this.add(step);
  }

  add({ fee, size, parents }: Omit<Addition, 'kind'>): string {
    const arrival = this.#next++;
    const id = `t${arrival}`;
    const known = [...this.here.keys()];
    const from = known.length === 0 ? [] : [...new Set(parents.map((n) => known[n % known.length]!))];
    this.#ids.set(arrival, id);
    // Some weights are no multiple of four.
    const weight = 40 * size - (size % 4);
    this.graph.add(id, { arrival: { epoch: 1, counter: arrival }, weight, fee });
    for (const parent of from) this.graph.link(parent, id);
    this.here.set(id, { id, arrival, fee, virtualSize: Math.ceil(weight / 4), parents: from });
    return id;
  }

  /** A transaction goes with all that spend from it, or, as if mined, without them. */
  #delete(id: string | undefined): void {
    if (id === undefined) return;
    this.graph.delete(id);
    this.here.delete(id);
    for (const one of this.here.values()) {
      if (one.parents.includes(id))
        this.here.set(one.id, { ...one, parents: one.parents.filter((parent) => parent !== id) });
    }
  }

  async expectRight(): Promise<readonly Chunk[]> {
    const order = await this.graph.order(FREE_WORK);
    const found = new Map<string, number>();
    const seen = new Set<string>();
    let last = Number.POSITIVE_INFINITY;
    for (const { transactions, feeRate, fees, virtualSize, weight } of order) {
      expect(feeRate).toBeLessThanOrEqual(last);
      last = feeRate;
      const members = transactions.map(({ arrival }) => this.here.get(this.#ids.get(arrival.counter)!)!);
      for (const { id, parents } of members) {
        for (const parent of parents) expect(seen, 'a parent comes first').toContain(parent);
        seen.add(id);
        found.set(id, feeRate);
      }
      expect(fees).toBe(members.reduce((sum, { fee }) => sum + fee!, 0));
      expect(virtualSize).toBe(members.reduce((sum, one) => sum + one.virtualSize, 0));
      expect(weight).toBe(transactions.reduce((sum, one) => sum + one.weight, 0));
    }
    const expected = naiveFeeRates([...this.here.values()]);
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [id, feeRate] of expected) expect(found.get(id), id).toBeCloseTo(feeRate, 9);
    return order;
  }
}

describe('the order in which pending transactions would be mined', () => {
  it('has the effective fee rates of a naive computation, whatever comes and goes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepOf, { minLength: 1, maxLength: 24 }), async (steps) => {
        const site = new Site();
        for (const step of steps) await site.take(step);
        await site.expectRight();
      }),
      { numRuns: RUNS },
    );
  });

  it('counts a child that pays for its parents with them, and one that pays less by itself', async () => {
    const site = new Site();
    const sizes = { size: 10, parents: [] };
    site.add({ ...sizes, fee: 100 }); // t0: 1 sat/vB
    site.add({ ...sizes, fee: 900, parents: [0] }); // t1 pays for t0: 5 together
    site.add({ ...sizes, fee: 300, parents: [1] }); // t2: 3 by itself
    site.add({ ...sizes, fee: 400 }); // t3: 4
    const order = await site.expectRight();
    expect(
      order.map(({ transactions, feeRate }) => [transactions.map(({ arrival }) => arrival.counter), feeRate]),
    ).toEqual([
      [[0, 1], 5],
      [[3], 4],
      [[2], 3],
    ]);
  });

  it('orders a cluster of any size: a long chain, and a transaction with very many children', async () => {
    const graph = new PoolGraph();
    const facts = (counter: number, fee: number) => ({ arrival: { epoch: 1, counter }, weight: 400, fee });
    const COUNT = 20_000;
    for (let i = 0; i < COUNT; i++) {
      graph.add(`chain ${i}`, facts(i, 100 + (i % 2)));
      graph.link(`chain ${i - 1}`, `chain ${i}`);
      graph.add(`child ${i}`, facts(COUNT + i, i));
      if (i > 0) graph.link('child 0', `child ${i}`);
    }
    const order = await graph.order(FREE_WORK);
    const rates = new Map(
      order.flatMap(({ transactions, feeRate }) => transactions.map((one) => [one.arrival.counter, feeRate])),
    );
    expect(rates.size).toBe(2 * COUNT);
    // The parent is mined with as many children as raise the fee rate of all, the best first.
    let [fees, size, next] = [COUNT - 1, 200, COUNT - 2];
    for (; next / 100 > fees / size; next--) [fees, size] = [fees + next, size + 100];
    for (const i of [0, next + 1, COUNT - 1]) expect(rates.get(COUNT + i)).toBeCloseTo(fees / size, 9);
    expect(rates.get(COUNT + next)).toBeCloseTo(next / 100, 9);
    // A chain has only one order: each that pays 100 is mined with the next one, which pays 101.
    for (const i of [0, 1, COUNT - 1]) expect(rates.get(i)).toBe(1.005);
  });

  it('has more chunks of a cluster than a call takes arguments', async () => {
    const graph = new PoolGraph();
    const facts = (counter: number, fee: number) => ({ arrival: { epoch: 1, counter }, weight: 400, fee });
    const COUNT = 150_000;
    graph.add('parent', facts(0, 10 * COUNT));
    for (let i = 1; i <= COUNT; i++) {
      graph.add(`child ${i}`, facts(i, 2 * COUNT - i));
      graph.link('parent', `child ${i}`);
    }
    expect(await graph.order(FREE_WORK)).toHaveLength(1 + COUNT);
  });
});
