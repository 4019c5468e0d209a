import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../dev/until.ts';
import { createKey } from '../../src/access/keys.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { serve, type TestGateway } from './support.ts';

const BLOCKS = 'subscription { blocks { kind block { height } } }';

interface Refusal {
  readonly errors: readonly { readonly extensions: { readonly code: string } }[];
}

let folder: string;
const opened: SqliteAccess[] = [];
let chain: MovingChain;
const gateways: TestGateway[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-subscribers-'));
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
});

afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await Promise.all(opened.map((access) => access.close()));
  await chain.close();
  rmSync(folder, { recursive: true });
});

async function serveWith(anonymous: object, maxSubscriptions = 100): Promise<string> {
  // Separate stores, so that spending at one counts at none of the others.
  const access = new SqliteAccess(join(folder, `${opened.length}.db`));
  opened.push(access);
  const tiers = parseTiers(JSON.stringify({ anonymous, known: {} }));
  const gateway = await serve(chain.store, {
    callers: { access, tiers, trustedProxies: ['127.0.0.1'], maxSubscriptions },
  });
  gateways.push(gateway);
  return `${gateway.url}/graphql`;
}

const statusAt = async (url: string, headers: Record<string, string> = {}) => {
  const stop = new AbortController();
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query: BLOCKS }),
    signal: stop.signal,
  });
  const code = response.ok ? null : ((await response.json()) as Refusal).errors[0]!.extensions.code;
  stop.abort();
  return { status: response.status, code, headers: response.headers };
};

describe('subscriptions', () => {
  it('are limited for each caller, over all transports', async () => {
    const url = await serveWith({ subscriptions: 1 });
    const first = new EventSourceClient(url, BLOCKS);
    await first.opened;
    const refused = await statusAt(url);
    expect([refused.status, refused.code]).toEqual([429, 'TOO_MANY_SUBSCRIPTIONS']);
    // Nobody knows when a subscription ends.
    expect(refused.headers.has('retry-after')).toBe(false);
    const socket = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
    await expect(socket.iterate({ query: BLOCKS }).next()).rejects.toMatchObject([
      { extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', retryable: true } },
    ]);
    await socket.dispose();
    expect((await statusAt(url, { 'x-forwarded-for': '1.2.3.4' })).status).toBe(200);
    await first.close();
    await until('a place', async () => (await statusAt(url)).status === 200);
  });

  it('count their connections from the first moment on, except those with a key', async () => {
    // The third connection's first message takes all points.
    const url = await serveWith({ subscriptions: 2, costPerMinute: 1, burst: 0, maxCost: 1 });
    const silent = [1, 2].map(() => new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws'));
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('open', resolve))));
    const third = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    third.once('open', () => third.send('{"type":"connection_init"}'));
    const ended = await new Promise((resolve) =>
      third.once('close', (code, reason) => resolve([code, String(reason)])),
    );
    expect(ended).toEqual([4403, 'TOO_MANY_SUBSCRIPTIONS']);
    const { text, key } = createKey('somebody', 'known', Date.now());
    await opened.at(-1)!.addKey(key);
    const known = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${text}` },
    });
    expect((await known.iterate({ query: '{ __typename }' }).next()).value).toMatchObject({
      data: { __typename: 'Query' },
    });
    await known.dispose();
  });

  it('give their places back when their connections end', async () => {
    const url = await serveWith({ subscriptions: 2 });
    const silent = [1, 2].map(() => new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws'));
    await Promise.all(silent.map((socket) => new Promise((resolve) => socket.once('open', resolve))));
    for (const socket of silent) socket.terminate();
    await until('a place', async () => {
      const socket = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
      const { value } = await socket
        .iterate({ query: '{ __typename }' })
        .next()
        .catch(() => ({ value: null }));
      await socket.dispose();
      return value !== null;
    });
  });

  it('that reuse the id of one that still begins or ends receive an error and give their places back', async () => {
    const url = await serveWith({ subscriptions: 2 }, 2);
    const gateway = gateways.at(-1)!;
    const openAt = async () => (await gateway.status()).subscriptions.counts.websocket;
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    const told: { id?: string; type: string }[] = [];
    socket.on('message', (data) => told.push(JSON.parse(String(data))));
    await once(socket, 'open');
    const send = (...types: string[]) => {
      for (const type of types) socket.send(JSON.stringify({ type, id: 'a', payload: { query: BLOCKS } }));
    };
    socket.send('{"type":"connection_init"}');
    await until('the greeting', async () => told.length === 1);
    for (let round = 0; round < 4; round++) {
      send('subscribe', 'complete', 'subscribe');
      await until('one to be told', async () => {
        await chain.commit({ connect: [[]] });
        return told.splice(0).some(({ id, type }) => id === 'a' && type === 'next');
      });
      expect(await openAt()).toBe(1);
      send('complete', 'subscribe', 'complete');
      await until('all to be over', async () => (await openAt()) === 0);
    }
    send('subscribe', 'complete', 'subscribe');
    socket.terminate();
    // The last messages may still be on their way.
    await until('both places to be there', async () => {
      const clients = [1, 2].map(() => new EventSourceClient(url, BLOCKS));
      const areOpen = await Promise.all(clients.map(({ opened }) => opened)).then(
        () => true,
        () => false,
      );
      await Promise.all(clients.map((client) => client.close()));
      return areOpen;
    });
  });

  it('are closed with their connection if two have one id, however long it is', async () => {
    const url = await serveWith({});
    for (const id of ['a', 'a'.repeat(128)]) {
      const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
      await once(socket, 'open');
      socket.send('{"type":"connection_init"}');
      await once(socket, 'message');
      const subscribe = JSON.stringify({ type: 'subscribe', id, payload: { query: BLOCKS } });
      for (let i = 0; i < 2; i++) socket.send(subscribe);
      expect((await once(socket, 'close'))[0]).toBe(4409);
    }
  });

  it('are limited for each gateway, for all callers together', async () => {
    const url = await serveWith({}, 1);
    const first = new EventSourceClient(url, BLOCKS);
    await first.opened;
    expect((await statusAt(url, { 'x-forwarded-for': '1.2.3.4' })).code).toBe('TOO_MANY_SUBSCRIPTIONS');
    await first.close();
    await until('a place', async () => (await statusAt(url)).status === 200);
  });

  it('cost something to open', async () => {
    const url = await serveWith({ costPerMinute: 450, burst: 0, maxCost: 450 });
    const from = { 'x-forwarded-for': '9.9.9.9' };
    expect((await statusAt(url, from)).status).toBe(200);
    expect((await statusAt(url, from)).status).toBe(200);
    const refused = await statusAt(url, from);
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED']);
  });

  it('of a caller who has spent all continue later, and miss nothing', async () => {
    // The opening takes 200, each event 12, of which the minute has room for two.
    const url = await serveWith({ costPerMinute: 226, burst: 0, maxCost: 226 });
    const client = new EventSourceClient(url, BLOCKS);
    await client.opened;
    for (let i = 0; i < 4; i++) await chain.commit({ connect: [[]] });
    await client.untilTold(2);
    expect(client.isComplete).toBe(false);
    const cursor = client.lastEventId;
    await client.close();
    const rest = new EventSourceClient(await serveWith({}), BLOCKS, { lastEventId: cursor });
    await rest.untilTold(2);
    const heights = [...client.notices, ...rest.notices].map(({ data }) => data.blocks.block.height as number);
    expect(heights).toEqual(heights.map((_, i) => heights[0]! + i));
    await rest.close();
  });

  it('are refused in requests that a page of another origin can send without a preflight', async () => {
    const url = await serveWith({});
    const body = JSON.stringify({ query: BLOCKS });
    const response = await fetch(url, { method: 'POST', headers: { accept: 'text/event-stream' }, body });
    expect(response.status).toBe(415);
    const mutation = encodeURIComponent('mutation { broadcastTransaction(raw: "00") }');
    const byLink = await fetch(`${url}?query=${mutation}`, { headers: { accept: 'text/event-stream' } });
    expect(await byLink.text()).toContain('Send mutations by POST.');
  });
});
