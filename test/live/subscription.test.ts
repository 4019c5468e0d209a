import { amount } from '../support/amount.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { describeSubscriptions } from './subscription-contract.ts';

const RUNS = amount({ usual: 40, long: 400 });

describeSubscriptions(temporaryStore, RUNS, 60_000 + RUNS * 5_000);
