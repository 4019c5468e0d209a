import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../dev/until.ts';
import type { AccessStore, GrantRequest, Return } from '../../src/access/access-store.ts';
import { AccessTables } from '../../src/access/access-tables.ts';
import { createKey } from '../../src/access/keys.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers, type Tiers } from '../../src/access/tiers.ts';
import { BitqlError } from '../../src/errors.ts';
import type { Caller } from '../../src/gateway/callers/caller.ts';
import { Callers, MAX_REMEMBERED } from '../../src/gateway/callers/callers.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { demoStore, SILENT, serve, type TestGateway } from './support.ts';

const CHAIN = '{ chain { network } }';
/** The price of the query: 100 for the request, and 2 for its fields, none of which is in a list. */
const CHAIN_COST = 100;

let folder: string;
let store: ChainStore;
let access: AccessStore;
const open: TestGateway[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-callers-'));
  store = await demoStore();
});

afterAll(async () => {
  await Promise.all(open.map((gateway) => gateway.close()));
  await store.close();
  await access.close();
  rmSync(folder, { recursive: true });
});

interface Limits {
  readonly tiers?: object;
  readonly trustedProxies?: readonly string[];
  readonly maxSubscriptions?: number;
  readonly access?: AccessStore;
}

/** A gateway with callers of its own, unless it shares some. */
async function serveWith({ tiers = {}, trustedProxies = [], maxSubscriptions = 100, ...shared }: Limits) {
  if (shared.access === undefined) access = new SqliteAccess(join(folder, `${open.length}.db`));
  const all: Tiers = parseTiers(JSON.stringify(tiers));
  const callers = { tiers: all, trustedProxies, maxSubscriptions, access: shared.access ?? access };
  const gateway = await serve(store, { callers });
  open.push(gateway);
  return gateway;
}

async function keyOf(tier: string): Promise<string> {
  const { text, key } = createKey(`${tier} ${Math.random()}`, tier, Date.now());
  await access.addKey(key);
  return text;
}

async function ask(gateway: TestGateway, headers: Record<string, string> = {}, query = CHAIN) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: answers have the shape of their queries
  const body: any = await response.json();
  return { status: response.status, headers: response.headers, code: body.errors?.[0]?.extensions.code, body };
}

const unknownKey = () => createKey('nobody', 'standard', 1).text;

/** The result of a WebSocket that authenticates with a key: the type of the answer, or a close code. */
async function introduced(gateway: TestGateway, key: string): Promise<string | number> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const payload = { authorization: `Bearer ${key}` };
  socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload })));
  const outcome = await new Promise<string | number>((resolve) => {
    socket.once('message', (data) => resolve(JSON.parse(String(data)).type)).once('close', resolve);
  });
  socket.terminate();
  return outcome;
}

const few = (costPerMinute: number, others: object = {}) => ({
  costPerMinute,
  burst: 0,
  maxCost: costPerMinute,
  ...others,
});

describe('a caller', () => {
  it('sees how much is left, and is refused when nothing is left', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(1_000) } });
    const first = await ask(gateway);
    expect(first.headers.get('ratelimit-limit')).toBe('1000');
    expect(first.headers.get('ratelimit-remaining')).toBe(String(1_000 - CHAIN_COST));
    expect(Number(first.headers.get('ratelimit-reset'))).toBeGreaterThan(0);
    expect(first.headers.get('x-query-cost')).toBe('102');
    expect(first.headers.get('access-control-expose-headers')).toContain('retry-after');
    for (let i = 0; i < 8; i++) expect((await ask(gateway)).status).toBe(200);
    const refused = await ask(gateway);
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.body.errors[0].extensions.retryable).toBe(true);
    expect(refused.body.errors[0].extensions.retryAfter).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });

  it('may spend more now and then', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(1_000, { burst: 500 }) } });
    const statuses = [];
    for (let i = 0; i < 20; i++) statuses.push((await ask(gateway)).status);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(13);
    expect(statuses.at(-1)).toBe(429);
  });

  it('pays for requests that cannot be answered, too', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(1_000) } });
    for (let i = 0; i < 10; i++) expect((await ask(gateway, {}, '{ nothing }')).code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await ask(gateway)).status).toBe(429);
  });

  it('is refused a request that costs more than one request may', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(10_000) } });
    const page = (first: number) => `{ transactions(first: ${first}) { nodes { outputs(first: 100) { value } } } }`;
    const { status, code, body } = await ask(gateway, {}, page(100));
    expect([status, code]).toEqual([400, 'COST_EXCEEDED']);
    expect(body.errors[0].message).toContain('costs 10221; one request may cost at most 10000');
    expect((await ask(gateway, {}, page(50))).status).toBe(200);
  });

  it('gets back no more than it paid', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(1_000) } });
    const other = await serveWith({ tiers: { anonymous: few(1_000) }, access });
    expect((await ask(gateway)).status).toBe(200);
    const nested = (levels: number) => {
      const [before, after] = ['outputs { transaction { ', ' } }'].map((text) => text.repeat(levels));
      return `{ transactions(first: 100) { nodes { ${before} outputs { value } ${after} } } }`;
    };
    const [bomb, beyond] = [nested(3), nested(4)];
    for (const query of [bomb, beyond]) {
      const { code, headers, body } = await ask(gateway, {}, query);
      expect(code).toBe('COST_EXCEEDED');
      expect(Number(headers.get('ratelimit-remaining'))).toBeLessThan(1_000);
      expect(Number.isSafeInteger(body.extensions.cost.requested)).toBe(true);
      expect(body.extensions.cost.charged).toBe(100);
    }
    const statuses: number[] = [];
    for (let i = 0; i < 40; i++) {
      const { status, headers } = await ask(i % 2 === 0 ? gateway : other, {}, i % 5 === 0 ? bomb : CHAIN);
      expect(Number(headers.get('ratelimit-remaining'))).toBeLessThanOrEqual(700);
      statuses.push(status);
    }
    expect(statuses.filter((status) => status !== 429).length).toBeLessThanOrEqual(7);
    expect(statuses.slice(-20)).toEqual(Array.from({ length: 20 }, () => 429));
  });

  it('waits no longer than a minute, however the clock is set', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(150) } });
    expect((await ask(gateway)).status).toBe(200);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 86_400_000 });
    try {
      const { status, headers } = await ask(gateway);
      expect(status).toBe(429);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    } finally {
      vi.useRealTimers();
    }
  });

  it('is not answered any more when it cannot pay for what it sends, right or wrong', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(1_050) } });
    const codes: string[] = [];
    for (let i = 0; i < 30; i++) codes.push((await ask(gateway, {}, '{ nothing }')).code);
    expect(codes.filter((code) => code === 'GRAPHQL_VALIDATION_FAILED').length).toBe(10);
    expect(codes.at(-1)).toBe('RATE_LIMITED');
  });

  it('gets back the points that its answer did not need', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(100_000) } });
    for (let i = 0; i < 20; i++) {
      const { status, body } = await ask(
        gateway,
        {},
        '{ transactions(first: 50) { nodes { outputs(first: 1000) { value } } } }',
      );
      expect(status).toBe(200);
      expect(body.extensions.cost.requested).toBeGreaterThan(50_000);
    }
  });

  it('shares its limit with itself at other gateways, and with nobody else', async () => {
    const tiers = { anonymous: few(2_000), standard: few(2_000) };
    const one = await serveWith({ tiers });
    const other = await serveWith({ tiers, access });
    const alice = { authorization: `Bearer ${await keyOf('standard')}` };
    const bob = { authorization: `Bearer ${await keyOf('standard')}` };
    const answers = [];
    for (let i = 0; i < 30; i++) answers.push((await ask(i % 2 === 0 ? one : other, alice)).status);
    const allowed = answers.filter((status) => status === 200).length;
    // A share of 100 may stay with each gateway.
    expect(allowed).toBeGreaterThanOrEqual(18);
    expect(allowed).toBeLessThanOrEqual(20);
    expect((await ask(one, bob)).status).toBe(200);
    expect((await ask(other)).status).toBe(200);
  });

  it('is served, and counted by each gateway separately, while the store does not count', async () => {
    const down = () => Promise.reject(new BitqlError('STORE_UNAVAILABLE', 'down'));
    const broken = { prepare: down, grant: down, takeBack: down, findKey: down } as unknown as AccessStore;
    const gateway = await serveWith({ tiers: { anonymous: few(1_000) }, access: broken });
    for (let i = 0; i < 9; i++) expect((await ask(gateway)).status).toBe(200);
    expect((await ask(gateway)).status).toBe(429);
    const withKey = await ask(gateway, { authorization: `Bearer ${createKey('a', 'standard', 1).text}` });
    expect([withKey.status, withKey.code]).toEqual([503, 'STORE_UNAVAILABLE']);
  });
});

describe('one caller whose count fails', () => {
  it('is counted by each gateway separately, and changes nothing for others', async () => {
    // In this thread, so that they answer in time however busy the machine is.
    const tables = new AccessTables(join(folder, 'failing.db'));
    access = {
      async grant(asked: GrantRequest) {
        if (asked.name.includes('9.9.9.9')) throw new BitqlError('STORE_UNAVAILABLE', 'odd');
        return tables.grant(asked);
      },
      prepare: async () => {},
      takeBack: async (points: Return) => tables.takeBack(points),
      close: async () => tables.close(),
    } as unknown as AccessStore;
    const limits = { tiers: { anonymous: few(1_000) }, trustedProxies: ['127.0.0.1'], access };
    const gateways = [await serveWith(limits), await serveWith(limits)];
    const answeredTo = async (address: string) => {
      const from = { 'x-forwarded-for': address };
      const statuses: number[] = [];
      for (let i = 0; i < 30; i++) statuses.push((await ask(gateways[i % 2]!, from)).status);
      return statuses.filter((status) => status === 200).length;
    };
    expect(await answeredTo('9.9.9.9')).toBeGreaterThan(10);
    expect(await answeredTo('1.2.3.4')).toBeLessThanOrEqual(10);
    expect(await answeredTo('9.9.9.9')).toBe(0);
  });
});

it('the file of counts may take longer to make than a count takes', async () => {
  const tables = new AccessTables(join(folder, 'slowly-made.db'));
  let [begun, made] = [0, 0];
  const [bothBegun, ready] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  access = {
    async prepare() {
      begun += 1;
      if (begun === 2) bothBegun.resolve();
      await ready.promise;
      made += 1;
    },
    grant: async (asked: GrantRequest) => {
      if (made === 0) throw new BitqlError('STORE_UNAVAILABLE', 'there is no file');
      return tables.grant(asked);
    },
    takeBack: async (points: Return) => tables.takeBack(points),
    close: async () => tables.close(),
  } as unknown as AccessStore;
  const limits = { tiers: { anonymous: few(1_000) }, access };
  const gateways = [await serveWith(limits), await serveWith(limits)];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const asked = Array.from({ length: 30 }, (_, i) => ask(gateways[i % 2]!));
  await bothBegun.promise;
  // Three times as long as a count may take.
  vi.advanceTimersByTime(1_500);
  vi.useRealTimers();
  ready.resolve();
  const answered = (await Promise.all(asked)).filter(({ status }) => status === 200);
  // Counted together from the first request on: each gateway alone would grant as many.
  expect(answered.length).toBeLessThanOrEqual(10);
  expect(made).toBe(2);
});

describe('a key', () => {
  it('gives the limits of its tier', async () => {
    const gateway = await serveWith({ tiers: { partner: few(123_456) } });
    const { headers } = await ask(gateway, { authorization: `Bearer ${await keyOf('partner')}` });
    expect(headers.get('ratelimit-limit')).toBe('123456');
  });

  it('is refused if it is unknown, revoked or malformed', async () => {
    const gateway = await serveWith({});
    const key = await keyOf('standard');
    expect((await ask(gateway, { authorization: `bearer ${key}` })).status).toBe(200);
    const wrong = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
    for (const authorization of [
      'Bearer x',
      `Basic ${key}`,
      `Bearer ${wrong}`,
      `Bearer ${createKey('a', 'b', 1).text}`,
    ]) {
      const { status, code, headers, body } = await ask(gateway, { authorization });
      expect([status, code]).toEqual([401, 'UNAUTHENTICATED']);
      if (authorization === 'Bearer x')
        expect(body.errors[0].message).toContain('KEY is bitql_, 12 hexadecimal digits');
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
    await access.removeKey((await access.keys())[0]!.id);
    await until(
      'the key to be refused',
      async () => (await ask(gateway, { authorization: `Bearer ${key}` })).status === 401,
    );
  });

  it('that is wrong costs its address as much over a WebSocket as over HTTP, and a good one costs nothing', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(1_000) } });
    const good = await keyOf('standard');
    const left = async () => Number((await ask(gateway)).headers.get('ratelimit-remaining'));
    const before = await left();
    expect((await ask(gateway, { authorization: `Bearer ${unknownKey()}` })).status).toBe(401);
    expect(await left()).toBe(before - 2 * CHAIN_COST);
    // The message itself costs one point.
    expect(await introduced(gateway, unknownKey())).toBe(4403);
    expect(await left()).toBe(before - 4 * CHAIN_COST - 1);
    expect(await introduced(gateway, good)).toBe('connection_ack');
    expect((await ask(gateway, { authorization: `Bearer ${await keyOf('standard')}` })).status).toBe(200);
    expect(await left()).toBe(before - 5 * CHAIN_COST - 2);
  });

  it('is looked up a few times for an address that has spent all; a remembered key is accepted', async () => {
    const gateway = await serveWith({ tiers: { anonymous: few(150) } });
    const [known, ...others] = await Promise.all(Array.from({ length: 20 }, () => keyOf('standard')));
    expect((await ask(gateway)).status).toBe(200);
    expect((await ask(gateway)).code).toBe('RATE_LIMITED');
    // Valid keys use up no attempt.
    for (const key of others) expect((await ask(gateway, { authorization: `Bearer ${key}` })).status).toBe(200);
    expect(await introduced(gateway, known!)).toBe('connection_ack');
    const findKey = vi.spyOn(access, 'findKey');
    const outcomes: unknown[] = [];
    for (let i = 0; i < 10; i++) {
      outcomes.push(await introduced(gateway, unknownKey()));
      outcomes.push((await ask(gateway, { authorization: `Bearer ${unknownKey()}` })).code);
    }
    expect(outcomes.slice(0, 10)).toEqual(Array.from({ length: 5 }, () => [4403, 'UNAUTHENTICATED']).flat());
    expect(outcomes.slice(10)).toEqual(Array.from({ length: 5 }, () => [1013, 'RATE_LIMITED']).flat());
    expect(findKey).toHaveBeenCalledTimes(10);
    expect((await ask(gateway, { authorization: `Bearer ${known}` })).status).toBe(200);
    expect(await introduced(gateway, known!)).toBe('connection_ack');
  });

  it('is recorded as used, to the hour', async () => {
    const gateway = await serveWith({});
    await ask(gateway, { authorization: `Bearer ${await keyOf('standard')}` });
    await until('its use', async () => (await access.keys())[0]!.lastUsedAt !== null);
    expect((await access.keys())[0]!.lastUsedAt! % 3_600_000).toBe(0);
  });

  it('is accepted over a WebSocket in the payload of connection_init or in the header', async () => {
    const gateway = await serveWith({});
    const key = await keyOf('standard');
    const url = `${gateway.url.replace('http', 'ws')}/graphql`;
    const first = async (authorization?: string) => {
      const connectionParams = authorization === undefined ? {} : { authorization };
      const client = createClient({ url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0 });
      try {
        return (await client.iterate({ query: CHAIN }).next()).value?.data;
      } finally {
        await client.dispose();
      }
    };
    const data = { chain: { network: 'btc-mainnet' } };
    expect(await first()).toEqual(data);
    expect(await first(`Bearer ${key}`)).toEqual(data);
    await expect(first('Bearer nothing')).rejects.toMatchObject({ code: 4403 });
  });
});

describe('the address of a caller', () => {
  const limited = { anonymous: few(150) };
  const from = (address: string) => ({ 'x-forwarded-for': address });

  it('is that of its connection, whatever its headers say, unless that is a trusted proxy', async () => {
    const gateway = await serveWith({ tiers: limited });
    expect((await ask(gateway, from('1.2.3.4'))).status).toBe(200);
    expect((await ask(gateway, from('1.2.3.5'))).status).toBe(429);
  });

  it('is the last one in the list of a trusted proxy that is not itself a proxy', async () => {
    const gateway = await serveWith({ tiers: limited, trustedProxies: ['127.0.0.1', '10.0.0.0/8'] });
    expect((await ask(gateway, from('1.2.3.4'))).status).toBe(200);
    expect((await ask(gateway, from('1.2.3.5'))).status).toBe(200);
    expect((await ask(gateway, from('1.2.3.4'))).status).toBe(429);
    expect((await ask(gateway, from('9.9.9.9, 1.2.3.4, 10.1.1.1'))).status).toBe(429);
  });

  it('is a /64 of IPv6', async () => {
    const gateway = await serveWith({ tiers: limited, trustedProxies: ['127.0.0.1'] });
    expect((await ask(gateway, from('2001:db8::1'))).status).toBe(200);
    expect((await ask(gateway, from('2001:db8:0:0:ffff:1:2:3'))).status).toBe(429);
    expect((await ask(gateway, from('2001:db8:0:1::1'))).status).toBe(200);
    expect((await ask(gateway, from('::ffff:1.2.3.4'))).status).toBe(200);
    expect((await ask(gateway, from('1.2.3.4'))).status).toBe(429);
  });

  it('is the same in every form that a proxy may write', async () => {
    const gateway = await serveWith({ tiers: limited, trustedProxies: ['127.0.0.1', '10.0.0.0/8'] });
    const same = [
      ['203.0.113.9', '203.0.113.9:41234', '"203.0.113.9:4"', ' 203.0.113.9 , 10.0.0.1:80 ', '::ffff:203.0.113.9'],
      ['::ffff:5.6.7.8', '::FFFF:0506:0708', '0:0:0:0:0:ffff:5.6.7.8', '[::ffff:5.6.7.8]:443', '[::FFFF:506:708]'],
      ['[2001:db8::1]:4000', '2001:DB8::2', '"[2001:db8:0:0:1::]:5"', '2001:0db8::1%eth0', '1.1.1.1, 2001:db8::7'],
    ];
    for (const [first = '', ...others] of same) {
      expect([first, (await ask(gateway, from(first))).status]).toEqual([first, 200]);
      for (const text of others) expect([text, (await ask(gateway, from(text))).status]).toEqual([text, 429]);
    }
  });

  it('is that of the proxy if the proxy names something that is not an address', async () => {
    const gateway = await serveWith({ tiers: limited, trustedProxies: ['127.0.0.1'] });
    expect((await ask(gateway)).status).toBe(200);
    const odd = ['unknown', '_hidden', '256.1.1.1', '010.0.0.1', '1.2.3', '[', '[]:1', 'a@1.2.3.4', 'x'.repeat(9_000)];
    for (const text of [...odd, ',', '9.9.9.9,', `${'1.2.3.4'.padEnd(200)}x`, '"', '%', '[::1']) {
      expect([text, (await ask(gateway, from(text))).status]).toEqual([text, 429]);
    }
    const forwarded = { forwarded: 'for=192.0.2.60;proto=http' };
    expect((await ask(gateway, forwarded)).status).toBe(429);
    expect((await ask(gateway, from('9.9.9.9'))).status).toBe(200);
  });
});

describe('very many callers', () => {
  const LIMIT = { anonymous: few(1_000, { subscriptions: 1 }) };
  const away = () => Promise.reject(new BitqlError('STORE_UNAVAILABLE', 'down'));

  const strangers = (grant: () => Promise<never>) => {
    const broken = { prepare: grant, grant, takeBack: grant, findKey: grant } as unknown as AccessStore;
    const tiers = parseTiers(JSON.stringify(LIMIT));
    const callers = new Callers(
      { access: broken, tiers, trustedProxies: ['127.0.0.1'], maxSubscriptions: 100 },
      SILENT,
    );
    return (address: string) => {
      const headers = { 'x-forwarded-for': address };
      return callers.identify({ socket: { remoteAddress: '127.0.0.1' }, headers } as unknown as IncomingMessage);
    };
  };
  const addressOf = (i: number) => `10.${i >> 16}.${(i >> 8) & 0xff}.${i & 0xff}`;

  it('do not give others new places for subscriptions', async () => {
    const identify = strangers(away);
    const close = (await identify('9.9.9.9')).openSubscription();
    const kept = await identify('8.8.8.8');
    expect(kept.connections.tryTake()).toBe(true);
    for (let i = 0; i < 2 * MAX_REMEMBERED; i++) await identify(addressOf(i));
    const again = await identify('9.9.9.9');
    expect(() => again.openSubscription()).toThrow(
      'You already have 1 subscription open, which is the maximum: close one, or use a key of a higher tier.',
    );
    expect((await identify('8.8.8.8')).connections.tryTake()).toBe(false);
    close();
    close();
    again.openSubscription();
  });

  it('do not give others new points that only this gateway counts, and take no more memory', async () => {
    const identify = strangers(away);
    const first = await identify('9.9.9.9');
    await first.account.spend(1_000);
    await until('the store to be left alone', async () => {
      const begun = performance.now();
      await (await identify('8.8.8.8')).account.spend(1);
      return performance.now() - begun < 5;
    });
    const known = new Set<Caller>();
    for (let i = 0; i < MAX_REMEMBERED + 1_000; i++) {
      const caller = await identify(addressOf(i));
      known.add(caller);
      await caller.account.spend(1).catch(() => {});
    }
    expect(known.size).toBeLessThanOrEqual(MAX_REMEMBERED + 1);
    expect(await identify(addressOf(MAX_REMEMBERED + 5_000))).toBe(await identify(addressOf(MAX_REMEMBERED + 6_000)));
    expect(await identify('9.9.9.9')).toBe(first);
    await expect(first.account.spend(1)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  });
});
