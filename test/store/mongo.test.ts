import { expect, it } from 'vitest';
import { freePort } from '../../src/dev/free-port.ts';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import { describeWith } from '../services/suite.ts';
import { temporaryDatabase } from '../support/temporary-database.ts';
import { describeStore } from './contract.ts';

describeWith('mongodb')('MongoDB', ({ mongodbUri }) => {
  describeStore('as a store', async () => {
    const database = temporaryDatabase(mongodbUri);
    return { open: () => MongoStore.open(database.uri), destroy: database.drop };
  });
});

it('says where nothing answers, and never shows the password', async () => {
  const uri = `mongodb://reader:secret-word@127.0.0.1:${await freePort()}/?serverSelectionTimeoutMS=200`;
  const refused = MongoStore.open(uri);
  await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  await refused.catch((error: Error) => expect(error.message).not.toContain('secret-word'));
});

it('refuses a URI that is none', async () => {
  await expect(MongoStore.open('mongodb://')).rejects.toMatchObject({ code: 'BAD_SETTING' });
});

it('says when the name of the server is not found, or a file that the URI names', async () => {
  for (const uri of ['mongodb+srv://no.such.invalid/chain', 'mongodb://127.0.0.1/?tls=true&tlsCAFile=/no/such/file']) {
    await expect(MongoStore.open(uri)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  }
});
