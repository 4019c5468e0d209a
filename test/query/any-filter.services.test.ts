import { it } from 'vitest';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { AskedChain } from '../support/asked-chain.ts';
import { temporaryMongoStore } from '../support/temporary-store.ts';
import { findByAnyFilter } from './any-filter.ts';

const BLOCKS = 25;
const RUNS = amount({ usual: 40, long: 10_000 });

describeWith('mongodb')('transactions in MongoDB', ({ mongodbUri }) => {
  it(
    'are found by any filter as by looking at each',
    async () => {
      const store = await temporaryMongoStore(mongodbUri);
      try {
        await findByAnyFilter(store, await AskedChain.index(store, BLOCKS), RUNS);
      } finally {
        await store.close();
      }
    },
    60_000 + RUNS * 4_000,
  );
});
