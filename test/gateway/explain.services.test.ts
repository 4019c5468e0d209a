import fc from 'fast-check';
import { valueFromASTUntyped } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { AskedChain } from '../support/asked-chain.ts';
import { filterLiteral } from '../support/filter-literal.ts';
import { temporaryMongoStore, temporaryStore } from '../support/temporary-store.ts';
import { describeEstimates } from './explain-estimates-suite.ts';
import { describeExplanations, EXPLAIN } from './explain-suite.ts';
import { post, serve, type TestGateway } from './support.ts';

const RUNS = amount({ usual: 60, long: 3_000 });
const BLOCKS = 60;
/** Less than some searches need. */
const SCAN_BUDGET = 300;

describeWith('mongodb')('with MongoDB', ({ mongodbUri }) => {
  describeExplanations('explanations', () => temporaryMongoStore(mongodbUri));
  describeEstimates('estimates', () => temporaryMongoStore(mongodbUri));

  describe('an explanation', () => {
    let stores: ChainStore[];
    let gateways: TestGateway[];
    let chain: AskedChain;

    beforeAll(async () => {
      stores = await Promise.all([temporaryStore(), temporaryMongoStore(mongodbUri)]);
      const chains = await Promise.all(stores.map((store) => AskedChain.index(store, BLOCKS)));
      chain = chains[0]!;
      gateways = await Promise.all(stores.map((store) => serve(store, { scanBudget: SCAN_BUDGET })));
    }, 240_000);

    afterAll(async () => {
      await Promise.all((gateways ?? []).map((gateway) => gateway.close()));
      await Promise.all((stores ?? []).map((store) => store.close()));
    });

    it(
      'is that of SQLite, whatever the filter: the same plan, estimates, prediction and price',
      async () => {
        let predicted = 0;
        await fc.assert(
          fc.asyncProperty(chain.readingOf(), fc.boolean(), async ({ filter, order, size }, scan) => {
            const variables = { filter: valueFromASTUntyped(filterLiteral(filter)), order, first: size, scan };
            const [expected, found] = await Promise.all(
              (gateways ?? []).map(({ url }) => post(url, EXPLAIN, variables)),
            );
            expect(found).toEqual(expected);
            expect(expected!.errors).toBeUndefined();
            if (expected!.data.explainTransactions.prediction !== null) predicted += 1;
          }),
          { numRuns: RUNS },
        );
        expect(predicted).toBeGreaterThan(RUNS / 2);
      },
      60_000 + RUNS * 4_000,
    );
  });
});
