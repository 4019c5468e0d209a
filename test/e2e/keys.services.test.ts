import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexDemoBlock } from '../../cli/run-demo.ts';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { type Home, mongoHome, sqliteHome } from '../support/indexer-process.ts';

const QUERY = '{ chain { network } }';
const TIERS = { partner: { costPerMinute: 4_000, burst: 0, maxCost: 4_000 } };

async function statusAt(url: string, key: string): Promise<number> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }) });
  await response.arrayBuffer();
  return response.status;
}

function describeKeys(title: string, newHome: () => Home): void {
  describe(title, () => {
    let sandbox: Sandbox;
    let home: Home;
    let tiers: string;
    let urls: string[];

    beforeAll(async () => {
      sandbox = new Sandbox('bitql-keys-');
      home = newHome();
      const store = await home.open();
      await indexDemoBlock(store, { info() {}, warn() {} });
      await store.close();
      tiers = join(sandbox.folder, 'tiers.json');
      writeFileSync(tiers, JSON.stringify(TIERS));
      urls = await Promise.all([startGateway(), startGateway()]);
    });

    afterAll(async () => {
      await sandbox.close();
      await home[Symbol.asyncDispose]();
    });

    async function startGateway(): Promise<string> {
      const port = await freePort();
      const args = ['serve', '--store', home.location, '--port', String(port), '--sqlite-cache', '8', '--tiers', tiers];
      const gateway = sandbox.start(`gateway ${port}`, process.execPath, [BITQL, ...args], cleanEnvironment());
      return until('a gateway', () => gateway.output().match(/http:\S+\/graphql/)?.[0]);
    }

    const keys = (...args: string[]) => bitql(['keys', ...args, '--store', home.location]);

    it('a key is shown once, accepted and revoked at all gateways, and limited at all of them together', async () => {
      const { stdout, code } = await keys('add', 'alice', '--tier', 'partner', '--tiers', tiers);
      expect(code).toBe(0);
      const key = stdout.trim();
      expect(key).toMatch(/^bitql_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);

      const statuses = [];
      for (let i = 0; i < 60; i++) statuses.push(await statusAt(urls[i % 2]!, key));
      const allowed = statuses.filter((status) => status === 200).length;
      // One gateway alone would allow 39; each may leave a share of 200 unspent.
      expect(allowed).toBeGreaterThanOrEqual(34);
      expect(allowed).toBeLessThanOrEqual(40);
      expect(statuses.at(-1)).toBe(429);

      const listed = await keys('list', '--json');
      expect(listed.stdout).not.toContain(key.slice(-43));
      expect(JSON.parse(listed.stdout)).toMatchObject([{ id: key.slice(6, 18), name: 'alice', tier: 'partner' }]);

      expect((await keys('revoke', 'alice')).stdout).toBe('Revoked the key of alice.\n');
      for (const url of urls) await until('the key to be refused', async () => (await statusAt(url, key)) === 401);
      expect((await keys()).stdout).toContain('There is no key');
    });

    it('the command line sends a key, and never shows it', async () => {
      const key = (await keys('add', 'bob')).stdout.trim();
      const secret = key.slice(-43, -3);
      const wrong = `${key.slice(0, -3)}xyz`;
      const ask = ['query', QUERY, '--endpoint', urls[0]!];
      expect((await bitql([...ask, '--key', key])).stdout).toContain('btc-mainnet');
      expect((await bitql(ask, { env: { BITQL_KEY: key } })).stdout).toContain('btc-mainnet');
      const refused = [
        bitql([...ask, '--key', wrong]),
        bitql(ask, { env: { BITQL_KEY: wrong } }),
        bitql(['watch', '--endpoint', urls[0]!, '--key', wrong]),
        bitql(['watch', '--endpoint', urls[0]!], { env: { BITQL_KEY: wrong } }),
      ];
      for (const { code, stdout, stderr } of await Promise.all(refused)) {
        expect(code).toBe(1);
        expect(stdout + stderr).toContain('UNAUTHENTICATED');
        expect(stdout + stderr).not.toContain(secret);
      }
    });

    it.each([
      [
        ['add', 'bob', '--tier', 'golden'],
        'There is no tier "golden": the tiers are anonymous, standard, premium. Other tiers',
      ],
      [['revoke', 'nobody'], 'There is no key named "nobody"'],
    ])('%j is a mistake', async (args, message) => {
      const { code, stderr } = await keys(...args);
      expect(code).toBe(1);
      expect(stderr).toContain(message);
    });

    it('a name that is taken is refused', async () => {
      expect((await keys('add', 'carol')).code).toBe(0);
      expect((await keys('add', 'carol')).stderr).toContain('A key named "carol" exists already');
    });
  });
}

describeKeys('keys of gateways on SQLite', sqliteHome);

describeWith('mongodb')('keys of gateways on MongoDB', ({ mongodbUri }) => {
  describeKeys('beside each other', () => mongoHome(mongodbUri));
});
