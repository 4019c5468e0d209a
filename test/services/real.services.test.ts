import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Binary, type Collection, Double, Long, MongoBulkWriteError, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegtest } from '../../dev/regtest.ts';
import { until } from '../../dev/until.ts';
import { defineWidgets, makeWidget, widgetPath } from '../k8s/runtime/support/widget.ts';
import { type KubernetesServer, startKubernetes } from './kubernetes.ts';
import { locateServices } from './locate.ts';
import { describeWith } from './suite.ts';

const run = promisify(execFile);
const script = fileURLToPath(new URL('services', import.meta.url));

describe('the services script', () => {
  it('explains itself, with examples', async () => {
    const { stdout } = await run(script, ['--help']);
    expect(stdout).toContain('services install');
    expect(stdout).toContain('Examples:');
  });

  it('refuses what it does not know', async () => {
    await expect(run(script, ['uninstall'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('uninstall'),
    });
  });

  it('prints the installed services as the tests find them', async () => {
    const env = { ...process.env, SERVICES_ROOT: '/nonexistent' };
    expect((await run(script, ['env'], { env })).stdout).toBe('');
  });
});

describe('locating services', () => {
  it('trusts the environment', async () => {
    const env = {
      BITCOIND: '/b',
      MONGODB_URI: 'mongodb://m',
      KUBEBUILDER_ASSETS: '/k',
      CONTAINER_TOOLS: '/c',
      KUBECTL_TOOLS: '/t',
    };
    expect(await locateServices(env)).toEqual({
      bitcoind: '/b',
      mongodbUri: 'mongodb://m',
      kubernetesAssets: '/k',
      containerTools: '/c',
      kubectlTools: '/t',
    });
  });

  it('finds nothing if nothing is installed', async () => {
    expect(await locateServices({ SERVICES_ROOT: '/nonexistent', SERVICES_MONGO_PORT: '1' })).toEqual({});
  });
});

describeWith('bitcoind')('bitcoind', ({ bitcoind }) => {
  it('answers RPC', async () => {
    await using node = await startRegtest({ bitcoind });
    expect(await node.rpc('getblockchaininfo')).toMatchObject({ chain: 'regtest', blocks: 0 });
  });
});

interface Row {
  _id: Binary;
  n?: number;
}

describeWith('mongodb')('the MongoDB API', ({ mongodbUri }) => {
  const client = new MongoClient(mongodbUri);
  const db = client.db(`services_test_${process.pid}`);
  let rows: Collection<Row>;
  let collections = 0;

  const id = (...bytes: number[]) => new Binary(Buffer.from(bytes));
  const hexOf = (found: readonly { _id: Binary }[]) => found.map(({ _id }) => Buffer.from(_id.buffer).toString('hex'));

  async function empty(): Promise<Collection<Row>> {
    rows = db.collection<Row>(`rows${collections++}`);
    await db.createCollection(rows.collectionName);
    return rows;
  }

  beforeAll(async () => {
    await client.connect();
  });

  afterAll(async () => {
    await db.dropDatabase();
    await client.close();
  });

  it('returns its time', async () => {
    const { localTime } = await db.command({ hello: 1 });
    expect(Math.abs(localTime.getTime() - Date.now())).toBeLessThan(60_000);
  });

  it('scans binary keys in order, the shorter ones first', async () => {
    await empty();
    await rows.insertMany([[2], [1, 1], [1], [0, 0, 0], [255]].map((bytes) => ({ _id: id(...bytes) })));
    expect(hexOf(await rows.find().sort({ _id: 1 }).toArray())).toEqual(['01', '02', 'ff', '0101', '000000']);
    const range = rows.find({ _id: { $gt: id(1), $lte: id(255) } });
    expect(hexOf(await range.sort({ _id: -1 }).limit(2).toArray())).toEqual(['ff', '02']);
  });

  it('reads results of many pages', async () => {
    await empty();
    await rows.insertMany(Array.from({ length: 1_000 }, (_, n) => ({ _id: id(n >> 8, n & 255), n })));
    const found = await rows.find().sort({ _id: 1 }).batchSize(100).toArray();
    expect(found.map(({ n }) => n)).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  });

  it('reports each duplicate key of an unordered insert, and inserts the rest', async () => {
    await empty();
    await rows.insertMany([{ _id: id(1) }, { _id: id(3) }]);
    const error = await rows
      .insertMany(
        [1, 2, 3, 4].map((n) => ({ _id: id(n) })),
        { ordered: false },
      )
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MongoBulkWriteError);
    const { writeErrors, insertedCount } = error as MongoBulkWriteError;
    expect([writeErrors].flat().map(({ code, index }) => [code, index])).toEqual([
      [11000, 0],
      [11000, 2],
    ]);
    expect(insertedCount).toBe(2);
    await expect(rows.insertOne({ _id: id(4) })).rejects.toMatchObject({ code: 11000 });
  });

  it('lets one of many compare-and-set win', async () => {
    await empty();
    await rows.insertOne({ _id: id(0), n: 0 });
    const swaps = await Promise.all(
      Array.from({ length: 20 }, () => rows.updateOne({ _id: id(0), n: 0 }, { $inc: { n: 1 } })),
    );
    expect(swaps.filter(({ modifiedCount }) => modifiedCount === 1)).toHaveLength(1);
    expect(
      await rows.findOneAndUpdate({ _id: id(0), n: 1 }, { $set: { n: 7 } }, { returnDocument: 'after' }),
    ).toMatchObject({ n: 7 });
    expect(await rows.findOneAndUpdate({ _id: id(0), n: 1 }, { $set: { n: 8 } })).toBeNull();
  });

  it('inserts the same keys from many sides in opposite orders', async () => {
    await empty();
    const ascending = Array.from({ length: 400 }, (_, n) => ({ _id: id(n >> 8, n & 255) }));
    const sides = [ascending, ascending.toReversed(), ascending, ascending.toReversed()];
    const outcomes = await Promise.all(
      sides.map((side) =>
        rows.insertMany(side, { ordered: false }).then(
          ({ insertedCount }) => ({ insertedCount, codes: [] }),
          (error: MongoBulkWriteError) => ({
            insertedCount: error.insertedCount,
            codes: [error.writeErrors].flat().map(({ code }) => code),
          }),
        ),
      ),
    );
    expect(outcomes.reduce((sum, { insertedCount }) => sum + insertedCount, 0)).toBe(400);
    expect(new Set(outcomes.flatMap(({ codes }) => codes))).toEqual(new Set([11000]));
  });

  it('keeps the types of numbers', async () => {
    await empty();
    const big = Long.fromString('1152921504606846977');
    const numbers = db.collection<{ _id: number; whole: Double; big: Long }>('numbers');
    await numbers.insertOne({ _id: 1, whole: new Double(5), big });
    await numbers.updateOne({ big }, { $set: { whole: new Double(6) } });
    const found = await numbers.findOne({ _id: 1 }, { promoteValues: false });
    expect(found!.whole).toBeInstanceOf(Double);
    expect(found!.big).toEqual(big);
  });

  it('takes documents of many megabytes', async () => {
    await empty();
    const blobs = db.collection<{ _id: number; bytes: Binary }>('blobs');
    const bytes = new Binary(Buffer.alloc(15 << 20, 0xab));
    await blobs.insertOne({ _id: 1, bytes });
    const found = await blobs.findOne({ _id: 1 });
    expect(Buffer.compare(found!.bytes.buffer, bytes.buffer)).toBe(0);
  });

  it('has transactions, and drops aborted ones', async () => {
    await empty();
    await client.withSession(async (session) => {
      await session.withTransaction(async () => {
        await rows.insertOne({ _id: id(1) }, { session });
      });
      session.startTransaction();
      await rows.insertOne({ _id: id(2) }, { session });
      await session.abortTransaction();
    });
    expect(hexOf(await rows.find().toArray())).toEqual(['01']);
  });

  it('stops a query that takes too long', async () => {
    await empty();
    const slow = rows.find({ $expr: { $gt: [{ $size: { $range: [0, 5_000_000] } }, 0] } }).maxTimeMS(5);
    await rows.insertMany(Array.from({ length: 100 }, (_, n) => ({ _id: id(n) })));
    await expect(slow.toArray()).rejects.toMatchObject({ code: 50 });
  });
});

describeWith('kubernetes')('the Kubernetes API', ({ kubernetesAssets }) => {
  let api: KubernetesServer;

  beforeAll(async () => {
    api = await startKubernetes(kubernetesAssets, { newerVersions: true });
  });

  afterAll(() => api?.close());

  it('answers, and creates Pods for a Deployment', async () => {
    const { body } = await api.request('GET', '/version');
    expect(JSON.parse(body)).toMatchObject({ major: '1' });

    const labels = { app: 'test' };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'test', image: 'test' }] } },
    };
    const deployment = JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'test' }, spec });
    const created = await api.request('POST', '/apis/apps/v1/namespaces/default/deployments', deployment);
    expect(created.status).toBe(201);
    await until('the Deployment to have its Pod', async () => {
      const pods = await api.request('GET', '/api/v1/namespaces/default/pods?labelSelector=app%3Dtest');
      return (JSON.parse(pods.body) as { items: unknown[] }).items.length === 1;
    });
  });

  it('serves the kinds of a CRD as long as it exists, whichever server is restarted', async () => {
    const statusOf = async (path: string) => (await api.request('GET', path)).status;
    const widgets = '/apis/test.bitql.dev/v1/widgets';
    expect(await statusOf(widgets)).toBe(404);
    await defineWidgets(api);
    await makeWidget(api, 'default', 'one', { text: 'kept' });
    await api.restartServer();
    await until('the widget to be there again', async () => (await statusOf(widgetPath('default', 'one'))) === 200);
    await api.request('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.test.bitql.dev');
    await until('its group to be gone', async () => (await statusOf(widgets)) === 404);
    await defineWidgets(api);
    expect(await statusOf(widgetPath('default', 'one'))).toBe(404);
  });

  it('serves newer versions of kinds from its older ones, if it is configured to', async () => {
    const path = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const budget = (spec: object) =>
      JSON.stringify({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'one' }, spec });
    const selector = { matchLabels: { app: 'test' } };
    const right = budget({ maxUnavailable: 1, selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' });
    const made = await api.request('POST', path, right);
    expect([made.status, JSON.parse(made.body)]).toMatchObject([201, { apiVersion: 'policy/v1', spec: { selector } }]);
    expect(await api.request('POST', path, budget({ maxUnavailable: -1, selector }))).toMatchObject({
      status: 422,
      body: expect.stringContaining('spec.maxUnavailable'),
    });
    for await (const event of api.watch(path, AbortSignal.timeout(30_000))) {
      expect(event).toMatchObject({ type: 'ADDED', object: { apiVersion: 'policy/v1', metadata: { name: 'one' } } });
      break;
    }
    const { resources } = JSON.parse((await api.request('GET', '/apis/autoscaling/v2')).body);
    expect(resources.map(({ name }: { name: string }) => name)).toContain('horizontalpodautoscalers');
  });
});

describeWith('kubectl')('kubectl and similar tools', ({ kubectlTools }) => {
  it.each([
    ['kubectl', ['version', '--client'], /Client Version: v1\.35\./],
    ['helm', ['version', '--short'], /^v4\./],
    ['promtool', ['--version'], /promtool, version/],
  ])('has %s', async (program, args, version) => {
    const { stdout, stderr } = await run(join(kubectlTools, program), args);
    expect(stdout + stderr).toMatch(version);
  });
});
