import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { networkById } from '../../src/chain/networks.ts';
import { type BitqlError, errorCode } from '../../src/errors.ts';
import { type ExplainRequest, explainPage } from '../../src/query/explain/explain.ts';
import type { PlanStep } from '../../src/query/explain/plan-steps.ts';
import type { Order } from '../../src/query/filter.ts';
import { parseFilter } from '../../src/query/parse-filter.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { Budget, CountedWork, FREE_WORK } from '../../src/query/work.ts';
import { postingPrefix, postingRange } from '../../src/store/postings.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { amount } from '../support/amount.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { KEYS, MadeChain, WORDS } from '../support/made-chain.ts';
import { filterInputOf } from '../support/random-filters.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const NETWORK = networkById('btc-regtest');
/** How far a prediction may be from the truth, as a factor, whatever the filter. */
const NEAR = 4;
const RUNS = amount({ usual: 200, long: 5_000 });

describe('what is explained of any filter', () => {
  let store: ChainStore;
  let snapshot: Snapshot;

  beforeAll(async () => {
    store = await temporaryStore();
    const { blocks } = new MadeChain(7).mine(60);
    await indexQuietly({ store, node: new BlockListNode(NETWORK, 10, blocks), from: 10, once: true });
    snapshot = Snapshot.latest(decodeState((await store.readState())!.value));
  });

  afterAll(() => store.close());

  const measured = () => {
    const work = new CountedWork(FREE_WORK);
    return { work, reader: ChainReader.at(store, snapshot, undefined, work) };
  };

  async function explained(request: ExplainRequest, rows: number) {
    const { work, reader } = measured();
    const sampling = ChainReader.at(store, snapshot);
    return explainPage(request, { sampling, searching: reader, work }, new Budget(rows));
  }

  /** What the search does; or its refusal. */
  async function done({ filter, order, first, scan }: ExplainRequest, rows: number) {
    const { work, reader } = measured();
    const budget = new Budget(rows);
    try {
      const request = { filter: parseFilter(filter, NETWORK), order, scan, args: { first } };
      const { edges, pageInfo } = await transactionsPage(reader, request, budget);
      const endsEarly = pageInfo.budgetExhausted;
      return { matches: edges.length, rows: budget.spent, points: work.points, endsEarly, isExact: true };
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return error as BitqlError;
    }
  }

  /** The rows of a list, all of them. */
  async function rowsOf({ access, bounds }: PlanStep): Promise<number> {
    if (access?.kind !== 'posting') throw new Error('no list');
    const range = postingRange(postingPrefix(access.posting, access.key), bounds);
    const [page] = await store.scan('postings', [range], { limit: 100_000 });
    return page!.rows.length;
  }

  it('is what the search does: the refusal, or the matches, rows and points of a page that is not long', async () => {
    const filterOf = filterInputOf({
      words: WORDS,
      keys: KEYS,
      height: 80,
      times: [950, 1_650],
      txids: [],
      spent: true,
    });
    let exact = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          filter: filterOf,
          order: fc.constantFrom<Order>('NEWEST_FIRST', 'OLDEST_FIRST'),
          first: fc.integer({ min: 1, max: 100 }),
          scan: fc.boolean(),
        }),
        fc.constantFrom(100, 1_000, 10_000),
        async (request, rows) => {
          const [{ refusal, prediction, steps, estimates }, real] = await Promise.all([
            explained(request, rows),
            done(request, rows),
          ]);
          if (prediction === null || real instanceof Error) {
            const { code, message } = real as BitqlError;
            expect(refusal).toMatchObject({ code, message });
            return;
          }
          if (prediction.isExact) {
            exact += 1;
            expect(prediction).toEqual(real);
          } else {
            expect(prediction.rows).toBeLessThanOrEqual(NEAR * real.rows);
            expect(NEAR * prediction.rows).toBeGreaterThanOrEqual(real.rows);
            expect(prediction.matches).toBeLessThanOrEqual(request.first);
          }
          for (const step of steps.filter(({ access }) => access?.kind === 'posting')) {
            const estimate = estimates.get(step);
            if (estimate?.isExact) expect(estimate.rows).toBe(await rowsOf(step));
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect(exact).toBeGreaterThan(RUNS / 2);
  }, 240_000);
});
