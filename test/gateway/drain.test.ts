import { once } from 'node:events';
import { Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../dev/until.ts';
import type { DrainTimes } from '../../src/gateway/http/drain.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

const QUERY = '{ chain { network } }';
const SUBSCRIPTION = 'subscription { blocks { cursor } }';
const AT_ONCE: DrainTimes = { delayMs: 0, spreadMs: 0, deadlineMs: 60_000 };

let chain: MovingChain;

beforeEach(async () => {
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
});
afterEach(() => chain.close());

/** A store that answers a query when the test releases it. */
function holding(store: ReadStore): { store: ReadStore; held: () => number; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let held = 0;
  const readState: ReadStore['readState'] = async () => {
    held += 1;
    await promise;
    return store.readState();
  };
  return { store: { ...store, readState }, held: () => held, release: resolve };
}

async function request(gateway: TestGateway, path: string, agent: Agent): Promise<IncomingMessage> {
  const [response] = await once(httpGet(`${gateway.url}${path}`, { agent }), 'response');
  response.resume();
  await once(response, 'end');
  return response;
}

describe('a gateway that ends', () => {
  it('says so first, and keeps answering meanwhile; clients leave one by one', async () => {
    const gateway = await serve(chain.store, { drainTimes: { ...AT_ONCE, delayMs: 1_000 } });
    const agent = new Agent({ keepAlive: true });
    expect((await request(gateway, '/readyz', agent)).headers.connection).toBe('keep-alive');
    let isClosed = false;
    const closed = gateway.close().then(() => {
      isClosed = true;
    });
    const answer = await request(gateway, '/readyz', agent);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers.connection).toBe('close');
    const reason = await fetch(`${gateway.url}/readyz`);
    expect(await reason.json()).toMatchObject({ ready: false, reason: 'DRAINING' });
    expect((await request(gateway, '/livez', agent)).statusCode).toBe(200);
    expect(await (await fetch(`${gateway.url}/statusz`)).json()).toMatchObject({ draining: true });
    expect(await post(gateway.url, QUERY)).toMatchObject({ status: 200, data: { chain: { network: 'btc-regtest' } } });
    expect(isClosed).toBe(false);
    await closed;
    agent.destroy();
    await expect(post(gateway.url, QUERY)).rejects.toThrow();
  });

  it('answers requests under way, and does not wait for idle connections', async () => {
    const { store, held, release } = holding(chain.store);
    const gateway = await serve(store, { drainTimes: AT_ONCE });
    const idle = new Agent({ keepAlive: true });
    await request(gateway, '/livez', idle);
    const unused = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    await once(unused, 'connect');
    const answer = post(gateway.url, QUERY);
    await until('the request to be under way', () => held() === 1);
    const closed = gateway.close();
    await until('nobody to be let in', async () => (await post(gateway.url, QUERY).catch(() => null)) === null);
    release();
    expect(await answer).toMatchObject({ status: 200 });
    await closed;
  });

  it('does not wait forever for requests under way', async () => {
    const { store, held } = holding(chain.store);
    const gateway = await serve(store, { drainTimes: { ...AT_ONCE, deadlineMs: 100 } });
    const answer = post(gateway.url, QUERY);
    answer.catch(() => {});
    await until('the request to be under way', () => held() === 1);
    await gateway.close();
    await expect(answer).rejects.toThrow();
  });

  it('tells subscribers by server-sent events where and when to continue', async () => {
    const gateway = await serve(chain.store, { drainTimes: AT_ONCE });
    const response = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(SUBSCRIPTION)}`, {
      headers: { accept: 'text/event-stream' },
    });
    const heard = text(response.body!);
    await gateway.close();
    expect(await heard).toMatch(/:\nid: [\w-]+\n\nretry: \d{3,4}\n\n$/);
    expect(await heard).not.toContain('complete');
  });

  it('ends many subscriptions one by one', async () => {
    const gateway = await serve(chain.store, { drainTimes: { ...AT_ONCE, spreadMs: 2_000 } });
    const clients = Array.from({ length: 40 }, () => new EventSourceClient(`${gateway.url}/graphql`, SUBSCRIPTION));
    const sockets = [1, 2].map(
      () => new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws'),
    );
    await Promise.all([...clients.map(({ opened }) => opened), ...sockets.map((socket) => once(socket, 'open'))]);
    const codes = sockets.map(async (socket) => (await once(socket, 'close'))[0] as number);
    const ended: number[] = [];
    clients.forEach((client, i) => void client.ended.then(() => ended.push(i)));
    const closed = gateway.close();
    await until('some to be ended', () => ended.length > 0);
    expect(ended.length).toBeLessThan(clients.length);
    await closed;
    for (const client of clients) {
      await client.ended;
      expect(client.isComplete).toBe(false);
      expect(client.lastEventId).not.toBeNull();
    }
    expect(await Promise.all(codes)).toEqual([1001, 1001]);
  });
});
