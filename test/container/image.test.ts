import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../src/dev/free-port.ts';
import { startRegtest } from '../../src/dev/regtest.ts';
import { Sandbox } from '../../src/dev/sandbox.ts';
import { until } from '../../src/dev/until.ts';
import { run } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { ask } from '../support/graphql.ts';
import { Containers } from './container.ts';
import { buildImage, type Image, nodeVersion, ROOT, SECRET } from './image.ts';

/** Tries to make a file in each of the places, and says where it could. */
const WRITE = 'for place; do touch "$place/probe" 2>/dev/null && echo "$place"; done; true';
const PLACES = ['/', '/app', '/app/dist', '/etc', '/home', '/root', '/usr/local/bin', '/var/tmp', '/tmp', '/data'];

/** bitcoind's group, which may read the password that it writes. */
const NODE_GROUP = 10_002;

it('Dockerfile has the Node that the tests run with', () => {
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
  }, 120_000);

  it('is bitql, and says how it is used', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(await containers.run('version', ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await containers.run('help', image.config.Cmd)).stdout).toContain('Usage: bitql COMMAND');
    expect(image.config.Volumes).toEqual({ '/data': {} });
    expect(image.config.Labels).toMatchObject({ 'org.opencontainers.image.licenses': 'MIT' });
  });

  it('runs as nobody with any rights, and writes to /data and /tmp alone', async () => {
    expect(image.config.User).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const shell = ['sh', '-ec', 'id -u; grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status'];
    const { stdout } = await containers.run('rights', [], { entrypoint: shell });
    const none = '0'.repeat(16);
    expect(stdout.trim().split(/\s+/)).toEqual(['10001', 'CapEff:', none, 'CapBnd:', none, 'NoNewPrivs:', '1']);
    const written = await containers.run('write', ['sh', ...PLACES], { entrypoint: ['sh', '-c', WRITE] });
    expect(written.stdout).toBe('/tmp\n/data\n');
  });

  it('belongs to root, so that its user could not change it either where the root is writable', async () => {
    const others = ['(', '-user', '10001', '-o', '-perm', '-o+w', ')', '-type', 'd', '-printf', '%P\n'];
    const { stdout } = await run('find', [image.root, '-xdev', ...others]);
    expect(stdout.split('\n').filter(Boolean).sort()).toEqual(expect.arrayContaining(['data', 'tmp', 'var/tmp']));
    expect(stdout).not.toMatch(/^(app|usr|etc|bin|lib|sbin)\b/m);
  });

  it('holds what it runs and nothing of how it was built', async () => {
    expect(existsSync(join(image.root, 'app/dist/src/cli/main.js'))).toBe(true);
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

  it('serves as process 1, from the place where it was started again, and ends well at SIGTERM', async () => {
    const port = await freePort();
    const demo = containers.start('serve', ['demo'], { env: { BITQL_PORT: String(port), BITQL_HOST: '127.0.0.1' } });
    await until('the demo', () => demo.output().includes('/graphiql'));
    expect(await containers.first('serve')).toMatch(/^\S*node .*--max-semi-space-size\S* .*bitql demo $/);
    expect((await fetch(`http://127.0.0.1:${port}/graphiql/graphiql.min.js`)).status).toBe(200);
    demo.kill('SIGTERM');
    expect(await demo.ended).toBe(0);
  });

  describeWith('bitcoind')('and a bitcoind', ({ bitcoind }) => {
    it('are an indexer and a gateway, which read the password that the node writes', async () => {
      const shared = join(sandbox.folder, 'node');
      mkdirSync(shared);
      chownSync(shared, 0, NODE_GROUP);
      chmodSync(shared, 0o2750); // what is made in it belongs to its group
      const args = [`-rpccookiefile=${shared}/.cookie`, '-rpccookieperms=group'];
      await using node = await startRegtest({ bitcoind, zmq: true, args });
      await node.mine(105);
      const env = { BITQL_NODE: node.url, BITQL_COOKIE: '/run/bitcoind/.cookie', BITQL_SQLITE_CACHE: '8' };
      const access = { folders: { '/run/bitcoind': shared }, groups: [NODE_GROUP] };
      const index = containers.start('index', ['index'], { env, ...access });
      await until('the tip', () => index.output().includes('At the tip: block 105.'));

      const port = await freePort();
      const gateway = containers.start('gateway', ['serve'], { env: { ...env, BITQL_PORT: String(port) }, ...access });
      const url = `http://127.0.0.1:${port}`;
      await until('the gateway', async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok);
      expect(await ask(url, '{ block(height: 105) { hash } chain { network } }')).toEqual({
        block: { hash: await node.rpc('getblockhash', 105) },
        chain: { network: 'btc-regtest' },
      });
      expect(existsSync(join(containers.data, 'bitql.db'))).toBe(true);

      for (const role of [gateway, index]) {
        role.kill('SIGTERM');
        expect(await role.ended).toBe(0);
      }
    });
  });
});
