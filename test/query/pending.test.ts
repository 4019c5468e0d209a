import { amount } from '../support/amount.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { describePendingLists } from './pending-contract.ts';

const RUNS = amount({ usual: 20, long: 400 });

describePendingLists(temporaryStore, RUNS, 240_000 + RUNS * 5_000);
