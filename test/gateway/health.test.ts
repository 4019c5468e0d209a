import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { BitqlError, ERROR_CODES } from '../../src/errors.ts';
import type { ChainStore, ReadStore } from '../../src/store/store.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { serve, type TestGateway } from './support.ts';

let open: { close(): Promise<unknown> }[] = [];

afterEach(async () => {
  for (const one of open.reverse()) await one.close();
  open = [];
});

async function gatewayOf(store: ReadStore, delayMs = 0): Promise<TestGateway> {
  const gateway = await serve(store, { drainTimes: { delayMs, spreadMs: 0, deadlineMs: 1_000 } });
  open.push(gateway);
  return gateway;
}

async function movingChain(): Promise<MovingChain> {
  const chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  open.push(chain);
  return chain;
}

async function emptyStore(): Promise<ChainStore> {
  const store = await temporaryStore();
  open.push(store);
  return store;
}

async function get(gateway: TestGateway, path: string): Promise<{ status: number; body: unknown; headers: Headers }> {
  const response = await fetch(`${gateway.url}${path}`);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('content-type')).toContain('application/json');
  return { status: response.status, body: await response.json(), headers: response.headers };
}

describe('a gateway', () => {
  it('is alive and ready, and reports its state to everybody, but nothing about the process', async () => {
    const chain = await movingChain();
    await chain.observe([]);
    const gateway = await gatewayOf(chain.store);
    expect(await get(gateway, '/livez')).toMatchObject({ status: 200, body: { alive: true } });
    expect(await get(gateway, '/readyz')).toMatchObject({ status: 200, body: { ready: true } });
    const tip = { height: chain.tip.height, hash: chain.tip.hash };
    expect((await get(gateway, '/statusz')).body).toEqual({
      draining: false,
      store: { reachable: true },
      chain: {
        network: 'btc-regtest',
        tip,
        nodeTip: tip,
        lag: 0,
        synced: true,
        coverage: [{ from: 0, to: tip.height }],
      },
    });
  });

  it('counts the subscriptions that are open', async () => {
    const gateway = await gatewayOf((await movingChain()).store);
    const query = 'subscription { blocks { kind } }';
    const clients = [1, 2].map(() => new EventSourceClient(`${gateway.url}/graphql`, query));
    for (const client of clients) await client.opened;
    const counts = async () => (await gateway.status()).subscriptions.counts;
    expect(await counts()).toEqual({ sse: 2, websocket: 0 });
    for (const client of clients) await client.close();
    await until('them to be gone', async () => JSON.stringify(await counts()) === '{"sse":0,"websocket":0}');
  });

  it('is ready before anything is indexed, because no other gateway would be better', async () => {
    const gateway = await gatewayOf(await emptyStore());
    expect(await get(gateway, '/readyz')).toMatchObject({ status: 200 });
    expect(await get(gateway, '/statusz')).toMatchObject({ body: { store: { reachable: true }, chain: null } });
  });

  it("is alive but not ready while the store cannot be reached, and does not show the store's address", async () => {
    const { store } = await movingChain();
    let trouble: Error | null = new BitqlError('STORE_UNAVAILABLE', 'db.internal:27017 is down');
    const readState = () => (trouble === null ? store.readState() : Promise.reject(trouble));
    const gateway = await gatewayOf({ ...store, readState });
    const reason = { reason: 'STORE_UNAVAILABLE', message: ERROR_CODES.STORE_UNAVAILABLE.meaning };
    expect(await get(gateway, '/livez')).toMatchObject({ status: 200 });
    expect(await get(gateway, '/readyz')).toMatchObject({ status: 503, body: { ready: false, ...reason } });
    expect(await get(gateway, '/statusz')).toMatchObject({ status: 200, body: { store: reason, chain: null } });
    trouble = null;
    await until('it to be ready again', async () => (await get(gateway, '/readyz')).status === 200);
  });

  it('is not ready while the store does not answer', async () => {
    const { store } = await movingChain();
    const gateway = await gatewayOf({ ...store, readState: () => new Promise(() => {}) });
    expect(await get(gateway, '/readyz')).toMatchObject({ status: 503, body: { reason: 'STORE_UNAVAILABLE' } });
  });

  it('checks the store once for all requests within a moment', async () => {
    const { store } = await movingChain();
    let looks = 0;
    const gateway = await gatewayOf({
      ...store,
      readState: () => {
        looks += 1;
        return store.readState();
      },
    });
    await Promise.all(Array.from({ length: 50 }, () => get(gateway, '/readyz')));
    expect(looks).toBeLessThan(10);
  });
});
