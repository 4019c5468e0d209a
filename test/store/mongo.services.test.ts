import { MongoClient } from 'mongodb';
import { afterAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { MongoAccess } from '../../src/access/mongo-access.ts';
import { clientFor, databaseOf } from '../../src/store/mongo/client.ts';
import { mongoError } from '../../src/store/mongo/failures.ts';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import { packRows } from '../../src/store/packed-rows.ts';
import { encodePosition } from '../../src/store/position.ts';
import { describeWith } from '../services/suite.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { describeStore } from './contract.ts';

describeWith('mongodb')('MongoDB', ({ mongodbUri }) => {
  describeStore('as a store', async () => {
    const database = temporaryDatabase(mongodbUri);
    return { open: () => MongoStore.open(database.uri), destroy: database.drop };
  });
});

describeWith('mongodb')('MongoDB, queried with a short deadline', ({ mongodbUri }) => {
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

describeWith('mongodb')('a server that lacks a stage of aggregations', ({ mongodbUri }) => {
  it('is not a store, and waiting does not help', async () => {
    const client = new MongoClient(mongodbUri);
    const refused = client
      .db('bitql')
      .collection('state')
      .aggregate([{ $noSuchStage: {} }])
      .toArray();
    const error = await refused.catch(mongoError);
    await client.close();
    expect(error).toMatchObject({ code: 'BAD_SETTING', message: expect.stringContaining('MongoDB 4.4 or newer') });
  });
});

it('names the address that does not answer, and never shows the password', async () => {
  const uri = `mongodb://reader:secret-word@127.0.0.1:${await freePort()}/?serverSelectionTimeoutMS=200`;
  const refused = MongoStore.open(uri);
  await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  await refused.catch((error: Error) => expect(error.message).not.toContain('secret-word'));
});

it('refuses a malformed URI', async () => {
  await expect(MongoStore.open('mongodb://')).rejects.toMatchObject({ code: 'BAD_SETTING' });
});

describe('options of a URI', () => {
  it.each([
    ['readPreference=secondary', 'readPreference'],
    [
      'READPREFERENCE=nearest&readPreferenceTags=dc:ny&maxStalenessSeconds=120',
      'READPREFERENCE, readPreferenceTags, maxStalenessSeconds',
    ],
    ['readConcernLevel=local', 'readConcernLevel'],
    ['w=0', 'w'],
    ['w=1&journal=false', 'w, journal'],
    ['retryWrites=true&w=majority&wtimeoutMS=1000', 'wtimeoutMS'],
    ['promoteLongs=false&raw=true', 'promoteLongs, raw'],
  ])('that would weaken its guarantees are refused by name: %s', async (options, names) => {
    const uri = `mongodb://reader:secret-word@127.0.0.1/chain?${options}`;
    const refusal = {
      code: 'BAD_SETTING',
      message: expect.stringContaining(`URI sets ${names}, which BitQL sets itself`),
    };
    await expect(MongoStore.open(uri)).rejects.toMatchObject(refusal);
    expect(() => new MongoAccess(uri)).toThrow(expect.objectContaining(refusal));
    await MongoStore.open(uri).catch((error: Error) => expect(error.message).not.toContain('secret-word'));
  });

  it('that agree with its guarantees, or do not concern them, are accepted', async () => {
    const options =
      'retryWrites=false&w=majority&journal=true&readPreference=primary&readConcernLevel=majority&maxPoolSize=3';
    const client = clientFor(`mongodb://127.0.0.1/chain?${options}`);
    expect(client.options).toMatchObject({ retryWrites: false, maxPoolSize: 3 });
    await client.close();
  });

  it('cause a message about how to escape a password, if it has reserved characters', async () => {
    for (const password of ['a#b', 'a/b', 'a%b', 'a?b']) {
      const refusal = { code: 'BAD_SETTING', message: expect.stringContaining('%25 %2F %3F %23') };
      await expect(MongoStore.open(`mongodb://reader:${password}@127.0.0.1/chain`)).rejects.toMatchObject(refusal);
    }
  });
});

describeWith('mongodb')('MongoDB', ({ mongodbUri }) => {
  const database = temporaryDatabase(mongodbUri);
  afterAll(() => database.drop());

  it('is always written and read with majority', async () => {
    const client = clientFor(database.uri, { monitorCommands: true });
    const commands: { commandName: string; command: Record<string, unknown> }[] = [];
    client.on('commandStarted', (event) => commands.push(event));
    const rows = client.db(databaseOf(database.uri)).collection('rows');
    await rows.insertOne({ a: 1 });
    await rows.deleteMany({ a: 2 });
    await rows.findOneAndUpdate({ a: 1 }, { $set: { b: 1 } });
    await rows.findOne({ a: 1 });
    await client.close();
    const concerns = commands.map(({ commandName, command }) => [
      commandName,
      command.writeConcern ?? command.readConcern,
    ]);
    const durable = { w: 'majority', j: true };
    expect(concerns.filter(([name]) => name !== 'endSessions')).toEqual([
      ['insert', durable],
      ['delete', durable],
      ['findAndModify', durable],
      ['find', { level: 'majority' }],
    ]);
  });
});

it('says when the name of the server is not found', async () => {
  const refused = MongoStore.open('mongodb+srv://no.such.invalid/chain');
  await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
});

it('refuses a URI that names a missing file', async () => {
  const refused = MongoStore.open('mongodb://127.0.0.1/?tls=true&tlsCAFile=/no/such/file');
  await expect(refused).rejects.toMatchObject({ code: 'BAD_SETTING', retryable: false });
});
