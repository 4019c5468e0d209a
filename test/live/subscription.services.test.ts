import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { temporaryMongoStore } from '../support/temporary-store.ts';
import { describeSubscriptions } from './subscription-contract.ts';

const RUNS = amount({ usual: 8, long: 200 });

describeWith('mongodb')('with MongoDB', ({ mongodbUri }) => {
  describeSubscriptions(() => temporaryMongoStore(mongodbUri), RUNS, 240_000 + RUNS * 20_000);
});
