import { it } from 'vitest';
import { amount } from '../support/amount.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { explainAnyFilter } from './explain-any-filter.ts';

const RUNS = amount({ usual: 200, long: 5_000 });

it(
  'what is explained of any filter is what the search does: the refusal, or the matches, rows and points of a page that is not long',
  async () => {
    const store = await temporaryStore();
    try {
      await explainAnyFilter(store, RUNS);
    } finally {
      await store.close();
    }
  },
  60_000 + RUNS * 1_000,
);
