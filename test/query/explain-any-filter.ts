import fc from 'fast-check';
import { expect } from 'vitest';
import { networkById } from '../../src/chain/networks.ts';
import { type BitqlError, errorCode } from '../../src/errors.ts';
import { type ExplainRequest, explainPage } from '../../src/query/explain/explain.ts';
import type { PlanStep } from '../../src/query/explain/plan-steps.ts';
import { shortPrefixSpan } from '../../src/query/gather.ts';
import { parseFilter } from '../../src/query/parse-filter.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { isWithin } from '../../src/query/source.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { Budget, CountedWork, FREE_WORK } from '../../src/query/work.ts';
import { longerKind, POSTING_KINDS, positionOf, postingPrefix, postingRange } from '../../src/store/postings.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { AskedChain } from '../support/asked-chain.ts';

const NETWORK = networkById('btc-regtest');
/** How far a prediction may be from the truth, as a factor, whatever the filter. */
const NEAR = 4;
const BLOCKS = 60;

/** Explains random filters, over an empty store: the explanation is what the search then does. */
export async function explainAnyFilter(store: ChainStore, runs: number): Promise<void> {
  const chain = await AskedChain.index(store, BLOCKS);
  const snapshot = Snapshot.latest(decodeState((await store.readState())!.value));
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
    const { posting, key, value } = access;
    const longer = longerKind(posting);
    // Only longer keys tell what begins with these bytes.
    const isCut =
      longer !== null && typeof value !== 'string' && value.isLeast && key.length > POSTING_KINDS[posting].length;
    const range = isCut ? shortPrefixSpan(longer, key).range : postingRange(postingPrefix(posting, key), bounds);
    const [page] = await store.scan('postings', [range], { limit: 100_000 });
    return page!.rows.filter((row) => isWithin(positionOf(row.key), bounds)).length;
  }

  let exact = 0;
  await fc.assert(
    fc.asyncProperty(
      chain.readingOf([100, 1_000, 10_000]),
      fc.boolean(),
      async ({ filter, order, size: first, rows }, scan) => {
        const request = { filter, order, first, scan };
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
        for (const { rows: estimated } of estimates.values()) {
          expect(Number.isSafeInteger(estimated) && estimated >= 0).toBe(true);
        }
        for (const step of steps.filter(({ access }) => access?.kind === 'posting')) {
          const estimate = estimates.get(step)!;
          if (estimate.isExact) expect(estimate.rows).toBe(await rowsOf(step));
        }
      },
    ),
    { numRuns: runs },
  );
  expect(exact).toBeGreaterThan(runs / 2);
}
