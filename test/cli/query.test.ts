import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { drip, endless } from '../support/endless.ts';
import { BITQL, bitql, cleanEnvironment, demoFile } from './support.ts';

const QUERY = 'query ($height: Int!) { block(height: $height) { transactionCount } }';
const VARIABLES = '{ "height": 357238 }';
const TIP = { height: 357_238, hash: '00000000000000000f3db04d442e92c172691170ca47dfea5be2b9613cf0343d' };

describe('bitql query', () => {
  const sandbox = new Sandbox('query');
  let store: string;
  let endpoint: string;

  beforeAll(async () => {
    store = await demoFile(sandbox.folder);
    const args = ['serve', '--store', store, '--port', '0'];
    const gateway = sandbox.start('serve', process.execPath, [BITQL, ...args], cleanEnvironment());
    endpoint = await until('the gateway', () => gateway.output().match(/http:\S+\/graphql/)?.[0]);
  });

  afterAll(() => sandbox.close());

  it.each(['store', 'endpoint'])('prints the answer from a %s as JSON', async (from) => {
    const where = from === 'store' ? ['--store', store] : ['--endpoint', endpoint];
    const { code, stdout, stderr } = await bitql(['query', QUERY, '--variables', VARIABLES, ...where]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      data: { block: { transactionCount: 369 } },
      extensions: {
        chain: { tip: TIP, nodeTip: TIP, lag: 0, cursor: null, coverage: [{ from: 357_238, to: 357_238 }] },
        cost: { requested: 106, charged: 110 },
      },
    });
  });

  it.each(['store', 'endpoint'])('shows the errors of an answer from a %s, and ends with code 1', async (from) => {
    const where = from === 'store' ? ['--store', store] : ['--endpoint', endpoint];
    const { code, stdout } = await bitql(['query', '{ block(height: -1) { hash } chain { network } }', ...where]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      errors: [{ path: ['block'], extensions: { code: 'BAD_QUERY', retryable: false } }],
      data: { block: null, chain: { network: 'btc-mainnet' } },
    });
  });

  it('prints answers of any length', async () => {
    const inputs = 'inputs { index coinbase sequence previousTxid previousIndex unlockingScript }';
    const outputs = 'outputs { index value address lockingScript type data { pushCount } token { amount } }';
    const page = `transactions(first: 100) { nodes { txid size weight version ${inputs} ${outputs} } }`;
    const pages = Array.from({ length: 20 }, (_, i) => `page${i}: ${page}`);
    const { code, stdout, stderr } = await bitql(['query', `{ ${pages.join(' ')} }`, '--store', store]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n').length).toBeGreaterThan(150_000);
    expect(Object.keys(JSON.parse(stdout).data)).toHaveLength(pages.length);
  });

  it('reads the query from standard input', async () => {
    const { code, stdout } = await bitql(['query', '-', '--store', store], { input: '{ chain { network } }' });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).data).toEqual({ chain: { network: 'btc-mainnet' } });
  });

  it('reads its settings from the environment too', async () => {
    const { code } = await bitql(['query', '{ chain { network } }'], { env: { BITQL_STORE: store } });
    expect(code).toBe(0);
  });

  it.each([
    [['--variables', '[1]'], 2, '--variables must be a JSON object'],
    [['--variables', '{'], 2, '--variables must be a JSON object'],
    [['--endpoint', 'ftp://localhost:4000'], 2, '--endpoint must be an address'],
    [['--endpoint', 'http://u:100%@127.0.0.1:4000/graphql'], 2, '--endpoint must be an address'],
    [['--endpoint', 'http://127.0.0.1:1/graphql'], 1, 'No gateway answers at http://127.0.0.1:1: '],
  ])('with %j ends with code %d', async (args, expected, message) => {
    const { code, stdout, stderr } = await bitql(['query', '{ chain { network } }', ...args]);
    expect(code).toBe(expected);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });

  it('says when an answer breaks off', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('{ "da', () => response.destroy());
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const there = `http://127.0.0.1:${port}`;
    const { code, stderr } = await bitql(['query', '{ chain { network } }', '--endpoint', `${there}/graphql`]);
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`No gateway answers at ${there}: `);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('stops reading an answer that has no end', async () => {
    const server = createServer((_, response) => endless(response, 'x'.repeat(1024 * 1024)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const there = `http://127.0.0.1:${port}/graphql`;
    const { code, stdout, stderr } = await bitql(['query', '{ chain { network } }', '--endpoint', there]);
    server.closeAllConnections();
    server.close();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${there} answers with more than 256 MiB, which no gateway does`);
  });

  it.each([
    ['never begins', () => {}],
    ['never ends', (response: ServerResponse) => drip(response)],
  ])('stops reading an answer that %s', async (_, answer) => {
    const server = createServer((_request, response) => answer(response));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const there = `http://127.0.0.1:${port}/graphql`;
    const asked = ['query', '{ chain { network } }', '--endpoint', there, '--timeout', '1'];
    const { code, stdout, stderr } = await bitql(asked);
    server.closeAllConnections();
    server.close();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(`${there} did not answer within 1 second: `);
  });

  it('says when an address is not a GraphQL endpoint', async () => {
    const { code, stderr } = await bitql([
      'query',
      '{ chain { network } }',
      '--endpoint',
      endpoint.replace('/graphql', '/nothing'),
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain('does not return a GraphQL answer (HTTP 404)');
  });

  it('does not create a missing store', async () => {
    const missing = await bitql(['query', '{ chain { network } }', '--store', 'none.db'], { cwd: sandbox.folder });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('There is no index in none.db');
    const again = await bitql(['status', '--store', 'none.db'], { cwd: sandbox.folder });
    expect(again.stderr).toContain('There is no index in none.db');
  });
});

describe('bitql status', () => {
  const sandbox = new Sandbox('status');
  let store: string;

  beforeAll(async () => {
    store = await demoFile(sandbox.folder);
  });

  afterAll(() => sandbox.close());

  it('says what an index holds, for people and for programs', async () => {
    const text = await bitql(['status', '--store', store]);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(`tip       ${TIP.height} ${TIP.hash}\n`);
    expect(text.stdout).toContain('lag       0 blocks, synced\n');
    const json = await bitql(['status', '--store', store, '--json']);
    expect(JSON.parse(json.stdout)).toEqual({
      store,
      network: 'btc-mainnet',
      start: 357238,
      tip: TIP,
      nodeTip: TIP,
      lag: 0,
      synced: true,
      cursor: null,
      coverage: [{ from: 357_238, to: 357_238 }],
      indexes: ['tokens', 'scripts'].map((name) => ({
        name,
        coverage: [{ from: 357_238, to: 357_238 }],
        pending: true,
      })),
      node: expect.any(String),
      seenAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      indexer: null,
      progress: null,
    });
  });
});
