import { afterAll, expect, it } from 'vitest';
import { freePort } from '../../src/dev/free-port.ts';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import { packRows } from '../../src/store/packed-rows.ts';
import { encodePosition } from '../../src/store/position.ts';
import { describeWith } from '../services/suite.ts';
import { temporaryDatabase } from '../support/temporary-database.ts';
import { describeStore } from './contract.ts';

describeWith('mongodb')('MongoDB', ({ mongodbUri }) => {
  describeStore('as a store', async () => {
    const database = temporaryDatabase(mongodbUri);
    return { open: () => MongoStore.open(database.uri), destroy: database.drop };
  });
});

describeWith('mongodb')('MongoDB, asked for much in little time', ({ mongodbUri }) => {
  const database = temporaryDatabase(mongodbUri);
  afterAll(() => database.drop());

  it('stops by itself, and says so', async () => {
    const store = await MongoStore.open(database.uri);
    const keys = Array.from({ length: 20_000 }, (_, height) => encodePosition({ height, fork: 0, index: 0 }));
    await store.write(new Map([['transactions', packRows(keys.map((key) => ({ key, value: new Uint8Array(500) })))]]));
    const all = [{ min: keys[0]!, max: keys.at(-1)! }];
    const scan = (timeoutMs: number) => store.scan('transactions', all, { limit: keys.length, timeoutMs });
    expect((await scan(60_000))[0]!.rows.length).toBeGreaterThan(1_000);
    for (const read of [() => scan(1), () => store.get('transactions', keys, { timeoutMs: 1 })]) {
      await expect(read()).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true });
    }
    await store.close();
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

it('says when the name of the server is not found', async () => {
  const refused = MongoStore.open('mongodb+srv://no.such.invalid/chain');
  await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
});

it('refuses a URI that names a file which is not there', async () => {
  const refused = MongoStore.open('mongodb://127.0.0.1/?tls=true&tlsCAFile=/no/such/file');
  await expect(refused).rejects.toMatchObject({ code: 'BAD_SETTING', retryable: false });
});
