import fc from 'fast-check';
import { expect } from 'vitest';
import { networkById } from '../../src/chain/networks.ts';
import { errorCode } from '../../src/errors.ts';
import type { PageArguments } from '../../src/query/list.ts';
import { parseFilter } from '../../src/query/parse-filter.ts';
import { ChainReader } from '../../src/query/reader.ts';
import { transactionsPage } from '../../src/query/transactions.ts';
import { Budget } from '../../src/query/work.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { type AskedChain, idsOf, walk } from '../support/asked-chain.ts';

const NETWORK = networkById('btc-regtest');
/** Enough for all postings of the chain. */
const MUCH = 100_000;

/** Finds by random filters what they say of each transaction of the chain, one by one. */
export async function findByAnyFilter(store: ReadStore, chain: AskedChain, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(chain.readingOf(), async ({ filter, order, fromBack, size, rows }) => {
      const request = { filter: parseFilter(filter, NETWORK), order };
      const pageWith = async (args: PageArguments, budget: number) =>
        transactionsPage(await ChainReader.open(store), { ...request, args }, new Budget(budget));
      const page = (args: PageArguments) =>
        pageWith(args, rows).catch((error) => {
          // A short prefix is gathered as a whole.
          if (errorCode(error) !== 'BUDGET_EXCEEDED') throw error;
          return pageWith(args, MUCH);
        });
      expect(idsOf(await walk(page, size, fromBack))).toEqual(chain.expected(filter, order));
    }),
    { numRuns: runs },
  );
}
