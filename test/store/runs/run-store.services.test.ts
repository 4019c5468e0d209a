import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { it } from 'vitest';
import { MongoStore } from '../../../src/store/mongo/mongo-store.ts';
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts';
import type { ChainStore } from '../../../src/store/store.ts';
import { describeWith } from '../../services/suite.ts';
import { amount } from '../../support/amount.ts';
import { temporaryDatabase } from '../../support/temporary-store.ts';
import { event, StoreLife } from './store-life.ts';

const LIVES = amount({ usual: 6, long: 200 });
/** So that runs are merged and dropped all the time, in several parts each. */
const OPTIONS = { quietMs: 5, keptMs: 5, partRows: 100 };

/** @param newHome makes an empty store, which any number of processes can open */
function itShowsEachProcess(newHome: () => { open(): Promise<ChainStore>; destroy(): Promise<void> }): void {
  it(
    `shows each process the postings that it must see, in ${LIVES} random lives`,
    async () => {
      const events = fc.array(event, { minLength: 10, maxLength: 40 });
      await fc.assert(
        fc.asyncProperty(events, async (events) => {
          const home = newHome();
          const life = await StoreLife.begin(async () => ({ store: await home.open() }));
          for (const event of events) await life.take(event);
          await life.finish();
          await home.destroy();
        }),
        { numRuns: LIVES, endOnFailure: true },
      );
    },
    60_000 + LIVES * 20_000,
  );
}

describeWith('mongodb')('runs in MongoDB', ({ mongodbUri }) => {
  itShowsEachProcess(() => {
    const { uri, drop } = temporaryDatabase(mongodbUri);
    return { open: () => MongoStore.open(uri, OPTIONS), destroy: drop };
  });
});

describeWith()('runs in SQLite', () => {
  itShowsEachProcess(() => {
    const folder = mkdtempSync(join(tmpdir(), 'bitql-runs-'));
    return {
      open: () => SqliteStore.open(join(folder, 'chain.db'), { cacheMiB: 4, ...OPTIONS }),
      destroy: async () => rmSync(folder, { recursive: true }),
    };
  });
});
