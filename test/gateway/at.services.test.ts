import { expect, it } from 'vitest';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { showsThePast } from './past-of-chain.ts';

const RUNS = amount({ usual: 5, long: 100 });

describeWith('mongodb')('at, of an index in MongoDB', ({ mongodbUri }) => {
  it('says of each block what a chain that ends there says', { timeout: 240_000 }, async () => {
    const databases: { readonly drop: () => Promise<void> }[] = [];
    const open = () => {
      const database = temporaryDatabase(mongodbUri);
      databases.push(database);
      return MongoStore.open(database.uri);
    };
    try {
      await showsThePast(open, RUNS);
    } finally {
      for (const { drop } of databases) await drop();
    }
    expect(databases.length).toBeGreaterThanOrEqual(RUNS);
  });
});
