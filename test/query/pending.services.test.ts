import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { temporaryMongoStore } from '../support/temporary-store.ts';
import { describePendingLists } from './pending-contract.ts';

const RUNS = amount({ usual: 10, long: 200 });

describeWith('mongodb')('with MongoDB', ({ mongodbUri }) => {
  describePendingLists(() => temporaryMongoStore(mongodbUri), RUNS, 240_000 + RUNS * 20_000);
});
