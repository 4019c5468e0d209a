import { it } from 'vitest';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { temporaryMongoStore } from '../support/temporary-store.ts';
import { explainAnyFilter } from './explain-any-filter.ts';

const RUNS = amount({ usual: 60, long: 3_000 });

describeWith('mongodb')('with MongoDB', ({ mongodbUri }) => {
  it(
    'what is explained of any filter is what the search does',
    async () => {
      const store = await temporaryMongoStore(mongodbUri);
      try {
        await explainAnyFilter(store, RUNS);
      } finally {
        await store.close();
      }
    },
    60_000 + RUNS * 4_000,
  );
});
