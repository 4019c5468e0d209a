import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { run } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { ask } from '../support/graphql.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { Containers } from './container.ts';
import { buildImage, type Image, nodeVersion, ROOT, SECRET } from './image.ts';
import { startNode } from './node.ts';
import { startStack, untilReady } from './stack.ts';

/** Tries to create a file in each place, and prints where it could. */
const WRITE = 'for place; do touch "$place/probe" 2>/dev/null && echo "$place"; done; true';
const PLACES = ['/', '/app', '/app/dist', '/etc', '/home', '/root', '/usr/local/bin', '/var/tmp', '/tmp', '/data'];

it('the Dockerfile has the Node that the tests run on', () => {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  expect(nodeVersion()).toBe(lock.packages['node_modules/node'].version);
});

describeWith('container')('the image', ({ containerTools }) => {
  const sandbox = new Sandbox('container');
  let image: Image;
  let containers: Containers;

  beforeAll(async () => {
    image = await buildImage(containerTools);
    containers = new Containers(image, sandbox);
  }, 600_000);

  afterAll(async () => {
    await containers?.[Symbol.asyncDispose]();
    await sandbox.close();
    await image?.[Symbol.asyncDispose]();
  });

  it('is bitql, and says how it is used', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(await containers.run('version', ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await containers.run('help', image.config.Cmd)).stdout).toContain('Usage: bitql COMMAND');
    expect(image.config.Volumes).toEqual({ '/data': {} });
    expect(image.config.Labels).toMatchObject({ 'org.opencontainers.image.licenses': 'MIT' });
  });

  it('runs without any rights, and writes only to /data and /tmp', async () => {
    expect(image.config.User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const shell = ['sh', '-ec', 'id -u; grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status'];
    const { stdout } = await containers.run('rights', [], { entrypoint: shell });
    const none = '0'.repeat(16);
    expect(stdout.trim().split(/\s+/)).toEqual(['10001', 'CapEff:', none, 'CapBnd:', none, 'NoNewPrivs:', '1']);
    const written = await containers.run('write', ['sh', ...PLACES], { entrypoint: ['sh', '-c', WRITE] });
    expect(written.stdout).toBe('/tmp\n/data\n');
  });

  it('belongs to root, so its user could not change it even if the root were writable', async () => {
    const others = ['(', '-user', '10001', '-o', '-perm', '-o+w', ')', '-type', 'd', '-printf', '%P\n'];
    const { stdout } = await run('find', [image.root, '-xdev', ...others]);
    expect(stdout.split('\n').filter(Boolean).sort()).toEqual(expect.arrayContaining(['data', 'tmp', 'var/tmp']));
    expect(stdout).not.toMatch(/^(app|usr|etc|bin|lib|sbin)\b/m);
  });

  it('holds what it runs and no build tools', async () => {
    expect(existsSync(join(image.root, 'app/dist/cli/main.js'))).toBe(true);
    const left = ['app/src', 'app/test', 'app/.npmrc', 'app/node_modules/typescript', 'app/node_modules/vitest', 'src'];
    expect(left.filter((path) => existsSync(join(image.root, path)))).toEqual([]);
    const folders = ['app', 'data', 'etc', 'home', 'root', 'run', 'tmp'].map((name) => join(image.root, name));
    expect((await run('grep', ['-rlF', SECRET, ...folders])).stdout).toBe('');
    expect(image.history + JSON.stringify(image.config)).not.toContain(SECRET);
  });

  it('shows its demo', async () => {
    const { code, stdout, stderr } = await containers.run('demo', ['demo', '--no-serve']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('"fee": 226');
  });

  it('serves as process 1, keeps its data when it is started again, and ends well at SIGTERM', async () => {
    const port = await freePort();
    const demo = containers.start('serve', ['demo'], { env: { BITQL_PORT: String(port), BITQL_HOST: '127.0.0.1' } });
    await until('the demo', () => demo.output().includes('/graphiql'));
    expect(await containers.first('serve')).toMatch(/^\S*node .*--max-semi-space-size\S* .*bitql demo $/);
    expect((await fetch(`http://127.0.0.1:${port}/graphiql/graphiql.min.js`)).status).toBe(200);
    demo.kill('SIGTERM');
    expect(await demo.ended).toBe(0);
  });

  describeWith('bitcoind')('with a bitcoind', ({ bitcoind }) => {
    it('runs an indexer and a gateway, with an index in /data', async () => {
      const { node, access } = await startNode(bitcoind, sandbox.folder);
      await using _ = node;
      const index = containers.start('index', ['index'], access);
      await until('the tip', () => index.output().includes('At the tip: block 105.'));
      const port = await freePort();
      const env = { ...access.env, BITQL_PORT: String(port) };
      const gateway = containers.start('gateway', ['serve'], { ...access, env });
      const url = `http://127.0.0.1:${port}`;
      await untilReady(url);
      const hash = await node.rpc('getblockhash', 105);
      const answer = { block: { hash }, chain: { network: 'btc-regtest' } };
      expect(await ask(url, '{ block(height: 105) { hash } chain { network } }')).toEqual(answer);
      expect(existsSync(join(containers.data, 'bitql.db'))).toBe(true);
      for (const role of [gateway, index]) {
        role.kill('SIGTERM');
        expect(await role.ended).toBe(0);
      }
    });
  });

  describeWith('bitcoind', 'mongodb')('with the parts of docker-compose.yml', ({ bitcoind, mongodbUri }) => {
    it('answers and streams through the proxy, also while a gateway stops', async () => {
      const { node, access } = await startNode(bitcoind, sandbox.folder);
      await using _ = node;
      await using database = temporaryDatabase(mongodbUri);
      const stack = await startStack(containers, sandbox, { tools: containerTools, access, store: database.uri });
      const { url, gateways, indexer } = stack;
      expect(await stack.areHealthy()).toBe(true);
      const height = async () =>
        (await ask<{ chain: { tip: { height: number } } }>(url, '{ chain { tip { height } } }')).chain.tip.height;
      expect(await height()).toBe(105);

      const query = 'subscription { blocks { block { height } } }';
      const listener = new EventSourceClient(`${url}/graphql`, query);
      await listener.opened;
      const client = createClient({ url: `${url.replace('http', 'ws')}/graphql` });
      const socket = client.iterate<{ blocks: { block: { height: number } } }>({ query });
      const told = socket.next();
      await until('the block', async () => {
        await node.mine(1);
        return listener.notices.length > 0;
      });
      expect((await told).value.data.blocks.block.height).toBeGreaterThan(105);

      gateways[0]!.kill('SIGTERM');
      await until('the gateway to end', async () => {
        expect(await height()).toBeGreaterThan(105);
        return gateways[0]!.result !== undefined;
      });
      expect(await gateways[0]!.ended).toBe(0);
      expect(await height()).toBeGreaterThan(105);
      expect(await stack.areHealthy()).toBe(false);

      await client.dispose();
      await listener.close();
      for (const role of [gateways[1]!, indexer]) {
        role.kill('SIGTERM');
        expect(await role.ended).toBe(0);
      }
    });
  });
});
