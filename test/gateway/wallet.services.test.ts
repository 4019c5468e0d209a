import { afterAll } from 'vitest';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import { describeWith } from '../services/suite.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { describeWallet } from './wallet-suite.ts';

describeWith('mongodb')('with MongoDB', ({ mongodbUri }) => {
  const database = temporaryDatabase(mongodbUri);
  describeWallet('a wallet', () => MongoStore.open(database.uri));
  afterAll(() => database.drop());
});
