import { once } from 'node:events';
import { connect } from 'node:net';
import { createClient } from 'graphql-ws';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { serveMetrics } from '../../src/metrics/metrics-server.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Rpc } from '../../src/rpc/rpc.ts';
import { FakeNode } from '../support/fake-node.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { serve, type TestGateway, type TestGatewayOptions } from './support.ts';

const INPUTS = [{ txid: new Uint8Array(32).fill(7), index: 0 }];
const RAW = Buffer.from(encodeTransaction(INPUTS, [{ value: 1, script: p2pkhScript(1) }], 1)).toString('hex');
const QUERY = '{ chain { network } }';
const MUTATION = `mutation { broadcastTransaction(raw: "${RAW}") }`;
const TXID = 'ab'.repeat(32);

/** An answer: the status, raw headers, and the body. */
interface Reply {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

let chain: MovingChain;
let node: FakeNode;
let gateways: TestGateway[] = [];

beforeAll(async () => {
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  node = await FakeNode.alone(() => ({ result: TXID }));
});

afterEach(async () => {
  for (const gateway of gateways) await gateway.close();
  gateways = [];
});

afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await chain.close();
});

async function gatewayOf(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const gateway = await serve(chain.store, { node: new Rpc(parseNodeAddress(node.url)), ...options });
  gateways.push(gateway);
  return gateway;
}

/** Sends raw header lines: fetch cannot set the headers that browsers set. */
async function send(
  gateway: Pick<TestGateway, 'url'>,
  lines: readonly string[],
  body = '',
  start = 'POST /graphql HTTP/1.1',
) {
  const { port } = new URL(gateway.url);
  const socket = connect(Number(port), '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  const all = [start, 'connection: close', ...lines, `content-length: ${body.length}`];
  socket.write(`${all.join('\r\n')}\r\n\r\n${body}`);
  await once(socket, 'close');
  const [head = '', rest = ''] = text.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body: rest } satisfies Reply;
}

const portOf = (gateway: TestGateway) => new URL(gateway.url).port;

/** Posts an operation for a page of an origin, to a name of the gateway. */
function post(gateway: TestGateway, query: string, origin: string | null, host = `127.0.0.1:${portOf(gateway)}`) {
  const page = origin === null ? [] : [`origin: ${origin}`];
  return send(gateway, [`host: ${host}`, 'content-type: application/json', ...page], JSON.stringify({ query }));
}

/** Whether a WebSocket opens, and the answer to a mutation over it. */
async function overWebSocket(gateway: TestGateway, headers: Record<string, string>): Promise<string> {
  class Page extends WebSocket {
    constructor(url: string, protocols: string) {
      super(url, protocols, { headers });
      this.on('error', ({ message }) => {
        refused = message.replace('Unexpected server response:', 'HTTP');
      });
    }
  }
  let refused = '';
  const url = `${gateway.url.replace('http', 'ws')}/graphql`;
  const client = createClient({ url, webSocketImpl: Page, retryAttempts: 0 });
  try {
    for await (const { data, errors } of client.iterate({ query: MUTATION })) {
      return errors === undefined || errors === null ? JSON.stringify(data) : String(errors[0]!.extensions?.code);
    }
    return 'nothing';
  } catch (error) {
    return refused || (Array.isArray(error) ? String(error[0].extensions.code) : String(error));
  } finally {
    await client.dispose();
  }
}

const SENT = JSON.stringify({ broadcastTransaction: TXID });

describe('a gateway that is reached from this machine alone', () => {
  it('accepts everything from programs, and from its own pages', async () => {
    const gateway = await gatewayOf();
    const port = portOf(gateway);
    for (const [origin, host] of [
      [null, undefined],
      [`http://127.0.0.1:${port}`, undefined],
      ['http://localhost:4000', 'localhost:4000'],
      ['http://localhost', 'localhost'],
      ['https://localhost:4443', 'LOCALHOST:4443'],
      ['http://[::1]:4000', '[::1]:4000'],
      ['http://127.8.9.10', '127.8.9.10'],
    ] as const) {
      const { status, body } = await post(gateway, MUTATION, origin, host);
      expect([origin, status, JSON.parse(body).data]).toEqual([origin, 200, { broadcastTransaction: TXID }]);
    }
    expect(await overWebSocket(gateway, {})).toBe(SENT);
    expect(await overWebSocket(gateway, { origin: `http://127.0.0.1:${port}` })).toBe(SENT);
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1:5173', 'http://[::1]:8080', 'https://localhost:3001'])(
    'answers queries of pages of %s, and accepts no mutation from them',
    async (origin) => {
      const gateway = await gatewayOf();
      const sent = node.asked('sendrawtransaction');
      const answer = await post(gateway, QUERY, origin);
      expect(answer.status).toBe(200);
      expect(answer.head).toContain(`access-control-allow-origin: ${origin}`);
      const refused = await post(gateway, MUTATION, origin);
      expect(refused.status).toBe(403);
      expect(refused.head).toContain(`access-control-allow-origin: ${origin}`);
      expect(JSON.parse(refused.body).errors).toMatchObject([
        {
          message: `Web pages of ${origin} may query this gateway, but not send mutations; --cors ${origin} allows everything to its pages.`,
          extensions: { code: 'ORIGIN_REFUSED', retryable: false },
        },
      ]);
      expect(await overWebSocket(gateway, { origin })).toBe('ORIGIN_REFUSED');
      const events = await send(
        gateway,
        [`host: localhost`, 'accept: text/event-stream', 'content-type: application/json', `origin: ${origin}`],
        JSON.stringify({ query: MUTATION }),
      );
      expect(events.body).toContain('ORIGIN_REFUSED');
      expect(events.head).toContain(`access-control-allow-origin: ${origin}`);
      expect(node.asked('sendrawtransaction')).toBe(sent);
    },
  );

  it.each([
    'https://evil.example',
    'http://evil.example:4000',
    'null',
    'file://',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://localhost@evil.example',
    'http://evil.example/localhost',
    'http://128.0.0.1',
    'http://0x7f.1',
    'http://[::2]',
    'http://192.168.1.2:4000',
    'chrome-extension://localhost',
    'http://localhost:3000, https://evil.example',
    '',
  ])('refuses pages of "%s", whatever they ask', async (origin) => {
    const gateway = await gatewayOf();
    const own = `host: localhost:${portOf(gateway)}`;
    const json = JSON.stringify({ query: QUERY });
    const query = encodeURIComponent(QUERY);
    const replies = [
      await post(gateway, QUERY, origin),
      await post(gateway, MUTATION, origin),
      await send(
        gateway,
        [own, `origin: ${origin}`, 'accept: text/event-stream'],
        '',
        `GET /graphql?query=${query} HTTP/1.1`,
      ),
      await send(gateway, [own, `origin: ${origin}`], '', 'GET /statusz HTTP/1.1'),
      await send(gateway, [own, `origin: ${origin}`], '', 'GET /nowhere HTTP/1.1'),
      await send(
        gateway,
        [own, `origin: ${origin}`, 'access-control-request-method: POST'],
        '',
        'OPTIONS /graphql HTTP/1.1',
      ),
      await send(
        gateway,
        [own, 'origin: http://localhost:3000', `origin: ${origin}`, 'content-type: application/json'],
        json,
      ),
    ];
    for (const { status, head, body } of replies) {
      expect(status).toBe(403);
      expect(head).not.toMatch(/access-control-allow-origin/i);
      expect(JSON.parse(body).errors[0].extensions.code).toBe('ORIGIN_REFUSED');
    }
    expect(await overWebSocket(gateway, { origin })).toBe('HTTP 403');
  });

  it.each([
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    'localhost@evil.example',
    'evil.example#localhost',
    '192.168.1.2',
    '128.0.0.1',
    '[::2]',
    '[::ffff:1.2.3.4]',
    '0x7f.1',
    'localhost:4000:80',
    '',
  ])('refuses requests to "%s", because that name may lead anywhere', async (host) => {
    const gateway = await gatewayOf();
    for (const origin of [null, `http://${host}`, 'http://localhost:3000']) {
      const { status, body } = await post(gateway, QUERY, origin, host);
      // Node may refuse a malformed host itself.
      expect([400, 403]).toContain(status);
      if (status === 403) expect(JSON.parse(body).errors[0].extensions.code).toBe('ORIGIN_REFUSED');
    }
    // The client would replace an empty host by its own.
    if (host !== '') expect(await overWebSocket(gateway, { host })).toMatch(/HTTP 40[03]/);
  });

  it.each(['[::1]', '[0:0:0:0:0:0:0:1]:1', '[::ffff:127.0.0.1]:4000', '127.255.0.1', 'localhost:1'])(
    'accepts %s as its own name',
    async (host) => {
      expect((await post(await gatewayOf(), QUERY, null, host)).status).toBe(200);
    },
  );

  it('checks each name that a request has', async () => {
    const gateway = await gatewayOf();
    const json = ['content-type: application/json'];
    const body = JSON.stringify({ query: QUERY });
    const absolute = (name: string) => `POST http://${name}/graphql HTTP/1.1`;
    expect((await send(gateway, ['host: localhost', ...json], body, absolute('localhost'))).status).toBe(200);
    expect((await send(gateway, ['host: localhost', ...json], body, absolute('evil.example'))).status).toBe(403);
    expect((await send(gateway, ['host: evil.example', ...json], body, absolute('localhost'))).status).toBe(403);
    expect((await send(gateway, ['host: localhost', ...json], body, absolute('localhost@evil.example'))).status).toBe(
      403,
    );
    const twice = await send(gateway, ['host: localhost', 'host: evil.example', ...json], body);
    expect([400, 403]).toContain(twice.status);
    // Programs may leave it out; browsers always send it.
    expect((await send(gateway, json, body, 'POST /graphql HTTP/1.0')).status).toBe(200);
    expect((await send(gateway, [...json, 'origin: http://'], body, 'POST /graphql HTTP/1.0')).status).toBe(403);
  });

  it('serves its playground whichever page links to it', async () => {
    const gateway = await gatewayOf();
    const lines = ['host: localhost:4000', 'sec-fetch-site: cross-site', 'sec-fetch-mode: navigate'];
    expect((await send(gateway, lines, '', 'GET /graphiql HTTP/1.1')).status).toBe(200);
  });

  it.each([
    ['cross-site', 'no-cors', 'empty', 403],
    ['cross-site', 'no-cors', 'image', 403],
    ['cross-site', 'navigate', 'iframe', 403],
    ['same-site', 'no-cors', 'empty', 200],
    ['same-origin', 'cors', 'empty', 200],
    ['none', 'navigate', 'document', 200],
    ['cross-site', 'navigate', 'document', 200],
  ])('is asked by a %s page that does not send its origin (%s, %s): %i', async (site, mode, destination, status) => {
    const gateway = await gatewayOf();
    const page = [`sec-fetch-site: ${site}`, `sec-fetch-mode: ${mode}`, `sec-fetch-dest: ${destination}`];
    const open = await gatewayOf({ cors: '*' });
    const link = `GET /graphql?query=${encodeURIComponent(QUERY)} HTTP/1.1`;
    for (const accept of ['text/event-stream', '*/*']) {
      const lines = ['host: localhost', `accept: ${accept}`, ...page];
      const asked = await send(gateway, lines, '', link);
      expect(asked.status).toBe(status);
      if (status === 403) expect(JSON.parse(asked.body).errors[0].extensions.code).toBe('ORIGIN_REFUSED');
      expect((await send(open, lines, '', link)).status).toBe(200);
      const elsewhere = await send(gateway, ['host: evil.example', `accept: ${accept}`, ...page], '', link);
      expect(elsewhere.status).toBe(403);
    }
  });

  it.each([
    ['https://evil.example', '--cors https://evil.example allows everything to its pages'],
    ['null', '--cors "*" allows everything to all web pages'],
    ['chrome-extension://abc', '--cors "*" allows everything to all web pages'],
    ['https://*.evil.example', '--cors "*" allows everything to all web pages'],
  ])('advises pages of %s which setting helps', async (origin, advice) => {
    const { body } = await post(await gatewayOf(), QUERY, origin);
    expect(JSON.parse(body).errors[0].message).toContain(advice);
  });

  it('is private at every address that only this machine reaches', async () => {
    for (const host of ['localhost', '127.0.0.2']) {
      const gateway = await gatewayOf({ host });
      const answer = await fetch(`${gateway.url}/schema.graphql`, { headers: { origin: 'https://evil.example' } });
      expect(answer.status).toBe(403);
      await answer.body?.cancel();
    }
  });
});

describe('--cors', () => {
  const foreign = 'https://app.example';

  it('allows everything to pages of its origins, and to no others', async () => {
    const gateway = await gatewayOf({ cors: [foreign] });
    const { status, head } = await post(gateway, MUTATION, foreign);
    expect([status, head]).toEqual([200, expect.stringContaining(`access-control-allow-origin: ${foreign}`)]);
    expect(head).toMatch(/vary: Origin/i);
    expect(await overWebSocket(gateway, { origin: foreign })).toBe(SENT);
    expect((await post(gateway, QUERY, 'http://localhost:3000')).status).toBe(403);
    expect((await post(gateway, QUERY, 'https://evil.example')).status).toBe(403);
    // A proxy that serves such a page may forward requests with that name.
    expect((await post(gateway, QUERY, foreign, 'app.example')).status).toBe(200);
    expect((await post(gateway, QUERY, null, 'evil.example')).status).toBe(403);
    const asked = ['host: localhost', `origin: ${foreign}`, 'access-control-request-method: POST'];
    const preflight = await send(gateway, asked, '', 'OPTIONS /graphql HTTP/1.1');
    expect(preflight.status).toBe(204);
    expect(preflight.head).toContain(`access-control-allow-origin: ${foreign}`);
  });

  it("may be empty, which allows only the gateway's own pages", async () => {
    const gateway = await gatewayOf({ cors: [] });
    expect((await post(gateway, MUTATION, 'http://localhost:4000', 'localhost:4000')).status).toBe(200);
    expect((await post(gateway, QUERY, 'http://localhost:3000')).status).toBe(403);
    const page = ['host: localhost', 'sec-fetch-site: same-site', 'sec-fetch-mode: no-cors', 'sec-fetch-dest: empty'];
    expect((await send(gateway, page, '', 'GET /statusz HTTP/1.1')).status).toBe(403);
  });

  it('may be *, which allows any page, by any name', async () => {
    const gateway = await gatewayOf({ cors: '*' });
    const { status, head } = await post(gateway, MUTATION, foreign, 'anything.example');
    expect([status, head]).toEqual([200, expect.stringContaining('access-control-allow-origin: *')]);
    expect(await overWebSocket(gateway, { origin: 'null', host: 'anything.example' })).toBe(SENT);
  });

  it('is * by default if others reach the gateway, and holds there if it is given', async () => {
    const open = await gatewayOf({ host: '0.0.0.0' });
    expect((await post(open, MUTATION, foreign, 'graphql.example')).status).toBe(200);
    expect(await overWebSocket(open, { origin: foreign })).toBe(SENT);
    const own = await gatewayOf({ host: '0.0.0.0', cors: [] });
    expect((await post(own, QUERY, foreign, 'graphql.example')).status).toBe(403);
    expect((await post(own, MUTATION, 'https://graphql.example', 'graphql.example')).status).toBe(200);
    expect(await overWebSocket(own, { origin: foreign })).toBe('HTTP 403');
  });
});

it('metrics that are served for this machine are refused to web pages', async () => {
  const server = await serveMetrics(new Registry(), { host: '127.0.0.1', port: 0 });
  const get = (...lines: string[]) => send(server, lines, '', 'GET /metrics HTTP/1.1');
  expect((await get('host: localhost')).status).toBe(200);
  expect((await get('host: evil.example')).status).toBe(403);
  expect((await get('host: localhost', 'origin: https://evil.example')).status).toBe(403);
  await server.close();
});
