import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../dev/until.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { addressOf } from '../../src/chain/address.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { STREAM_TIMES } from '../../src/gateway/streams/stream-options.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { idOf, MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { type Answer, post, serve, type TestGateway } from './support.ts';

const PUSHES = 98_000;
const OUTPUTS = 20_000;
/** OP_RETURN, and pushes of one byte. */
const SMALL_PUSHES = concatBytes(
  Uint8Array.of(0x6a),
  Uint8Array.from({ length: 2 * PUSHES }, (_, i) => (i % 2 === 0 ? 1 : (i >> 1) % 251)),
);

let folder: string;
let chain: MovingChain;
/** Ids of the transaction with many pushes, and of the one with many outputs. */
let pushes: string;
let outputs: string;
const opened: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-work-'));
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  const spent = { txid: new Uint8Array(32).fill(7), index: 0 };
  const data = Array.from({ length: 10 }, () => ({ value: 0, script: SMALL_PUSHES }));
  const many = Array.from({ length: OUTPUTS }, (_, i) => ({ value: i, script: p2pkhScript(i % 200) }));
  const made = [data, many].map((list) => chain.make([spent], list));
  await chain.commit({ connect: [made] });
  [pushes, outputs] = made.map(({ transaction }) => idOf(transaction)) as [string, string];
});

afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()));
  await chain.close();
  rmSync(folder, { recursive: true });
});

/** A gateway whose callers have the default tier, with the given changes. */
async function serveWith(anonymous: object = {}, streamTimes = STREAM_TIMES): Promise<TestGateway> {
  const access = new SqliteAccess(join(folder, `${opened.length}.db`));
  const tiers = parseTiers(JSON.stringify({ anonymous }));
  const callers = { access, tiers, trustedProxies: [], maxSubscriptions: 100 };
  const gateway = await serve(chain.store, { callers, streamTimes });
  opened.push(gateway, access);
  return gateway;
}

const costOf = ({ extensions }: Answer) => extensions!.cost as { requested: number; charged: number };

async function remainingAt({ url }: TestGateway): Promise<number> {
  const { headers } = await fetch(`${url}/graphql?query={chain{lag}}`, { headers: { 'x-apollo-operation-name': 'a' } });
  return Number(headers.get('ratelimit-remaining'));
}

/** The cost of an action for the caller, without the small query that reads how much is left. */
async function spentBy(gateway: TestGateway, act: () => Promise<unknown>): Promise<number> {
  const [start, before] = [await remainingAt(gateway), await remainingAt(gateway)];
  await act();
  return before - (await remainingAt(gateway)) - (start - before);
}

const send = ({ url }: TestGateway, body: string, accept = 'application/json') =>
  fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', accept }, body });

const UNKNOWN_NAMES = `{ b1 ${'a '.repeat(1_990)} }`;
const UNCLOSED = `{ ${'a '.repeat(1_990)}`;
const EQUAL_FIELDS = `{ chain { x1 ${'tip { hash } '.repeat(390)} } }`;

describe('pushes', () => {
  const page = (args: string) =>
    `{ transaction(txid: "${pushes}") { outputs(first: 1) { data { pushCount pushes${args} { index hex } } } } }`;

  it('are in pages, and are counted', async () => {
    const gateway = await serveWith();
    const dataOf = async (args: string) => (await post(gateway.url, page(args))).data.transaction.outputs[0].data;
    const all = await dataOf('');
    expect([all.pushCount, all.pushes.length, all.pushes[0].index]).toEqual([PUSHES, 1_000, 0]);
    for (const [first, offset] of [
      [3, 0],
      [2, 255],
      [2, 256],
      [1_000, 97_500],
      [5, 98_000],
    ] as const) {
      const some = (await dataOf(`(first: ${first}, offset: ${offset})`)).pushes;
      const expected = Array.from({ length: Math.max(0, Math.min(first, PUSHES - offset)) }, (_, i) => ({
        index: offset + i,
        hex: ((offset + i) % 251).toString(16).padStart(2, '0'),
      }));
      expect(some).toEqual(expected);
    }
    const refused = await Promise.all(
      ['first: 0', 'first: 1001', 'offset: -1'].map((arg) => post(gateway.url, page(`(${arg})`))),
    );
    for (const { errors } of refused) expect(errors).toMatchObject([{ extensions: { code: 'BAD_QUERY' } }]);
  });

  it('are charged as they are found, whatever the assumed length of the list', async () => {
    const { requested, charged } = costOf(await post((await serveWith()).url, page('')));
    expect(requested).toBeLessThan(200);
    expect(charged).toBeGreaterThan(100 + 2 * 1_000);
  });
});

describe('the work of a query', () => {
  /** The content of the schema, again and again. */
  const typesOfTypes = () => {
    const fields = 'name description isDeprecated deprecationReason args { name description }';
    const aliases = Array.from({ length: 20 }, (_, i) => `t${i}: __schema { types { ...types } }`);
    return `{ ${aliases.join(' ')} } fragment types on __Type { fields { type { fields { ${fields} } } } }`;
  };
  const nested = (first: number) =>
    `{ transaction(txid: "${outputs}") { outputs(first: 1000) { transaction { outputs(first: ${first}) { value } } } } }`;

  it('ends the query if it costs more than one query may', async () => {
    const query = `{ transaction(txid: "${pushes}") { outputs { data { pushes { index size } } } } }`;
    const gateway = await serveWith({ maxCost: 12_000 });
    const { errors, extensions } = await post(gateway.url, query);
    expect(errors).toMatchObject([{ extensions: { code: 'COST_EXCEEDED' } }]);
    expect(errors![0]!.message).toContain('The query was found to cost more than 12000 while it ran');
    expect((extensions!.cost as { charged: number }).charged).toBeLessThanOrEqual(12_000);
  });

  it("is charged up to the caller's last point, and no further", async () => {
    const query = `{ transaction(txid: "${pushes}") { outputs { data { pushes { index size } } } } }`;
    const gateway = await serveWith({ costPerMinute: 40_000, burst: 0, maxCost: 40_000 });
    expect((await post(gateway.url, query)).errors).toBeUndefined();
    const { status, errors } = await post(gateway.url, query);
    expect([status, errors![0]!.extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect((await send(gateway, '{}')).headers.get('ratelimit-remaining')).not.toMatch(/^-/);
  });

  it.each([
    ['of the chain', () => nested(100)],
    ['of the schema', typesOfTypes],
  ])('is done piece by piece, so others are answered meanwhile, %s', async (_, query) => {
    const { url } = await serveWith();
    let isOver = false;
    const answer = post(url, query()).then((told) => {
      isOver = true;
      return told;
    });
    let meanwhile = 0;
    while (!isOver) {
      await (await fetch(`${url}/livez`)).text();
      if (!isOver) meanwhile += 1;
    }
    expect((await answer).errors).toBeUndefined();
    expect(meanwhile).toBeGreaterThan(10);
  });

  it.each([
    ['of the chain', () => nested(100)],
    ['of the schema', typesOfTypes],
  ])('ends with the time of the request, %s', async (_, query) => {
    const { url } = await serveWith({ deadlineMs: 10 });
    const { status, errors } = await post(url, query());
    expect(status).toBe(504);
    expect(errors![0]!.extensions.code).toBe('TIMEOUT');
  });

  it('is done once for each object: its price is that of what it shows', async () => {
    const { url } = await serveWith();
    const sums = 'outputValue inputValue fee feeRate feeUnknown';
    const query = `{ transaction(txid: "${outputs}") { outputs(first: 1000) { transaction { ${sums} } } } }`;
    const first = await post(url, query);
    expect(new Set(first.data.transaction.outputs.map((o: object) => JSON.stringify(o))).size).toBe(1);
    expect(costOf(first).charged).toBeLessThan(100 + 6 * 1_000 + 2_000);
  });

  it('is charged even if nothing is found', async () => {
    const { url } = await serveWith();
    const txids = Array.from({ length: 1_000 }, (_, i) => i.toString(16).padStart(64, '0'));
    const query = 'query ($f: TransactionFilter) { transactions(filter: $f) { nodes { txid } } }';
    const answer = await post(url, query, { f: { txids } });
    expect(answer.data.transactions.nodes).toEqual([]);
    expect(costOf(answer).charged).toBeGreaterThan(20_000);
  });
});

describe('a request that is received', () => {
  it.each([
    ['no JSON', '['.repeat(90_000), 2_700],
    ['no query', JSON.stringify({ a: 'x'.repeat(90_000) }), 2_700],
    ['unknown variables', JSON.stringify({ query: '{ chain { lag } }', variables: { a: 'x'.repeat(90_000) } }), 2_700],
    ['unknown names', JSON.stringify({ query: UNKNOWN_NAMES }), 90],
    ['an unclosed text', JSON.stringify({ query: UNCLOSED }), 90],
    ['equal fields', JSON.stringify({ query: EQUAL_FIELDS }), 100],
    ['what is too large', 'x'.repeat(200_000), 2_700],
  ])('is paid, whatever it is: %s', async (_, body, atLeast) => {
    const gateway = await serveWith();
    expect(await spentBy(gateway, () => send(gateway, body))).toBeGreaterThan(100 + atLeast);
  });

  it.each([
    ['unknown names', UNKNOWN_NAMES],
    ['an unclosed text', UNCLOSED],
    ['equal fields', EQUAL_FIELDS],
  ])('is paid for server-sent events as well: %s', async (_, query) => {
    const gateway = await serveWith();
    const cost = await spentBy(gateway, () => send(gateway, JSON.stringify({ query }), 'text/event-stream'));
    expect(cost).toBeGreaterThan(190);
  });

  it('is paid in the URL of a GET, too', async () => {
    const gateway = await serveWith();
    const query = encodeURIComponent(UNKNOWN_NAMES.slice(0, 3_000));
    const act = () => fetch(`${gateway.url}/graphql?query=${query}`);
    expect(await spentBy(gateway, act)).toBeGreaterThan(200);
  });

  it.each([
    [
      'operations',
      (i: number) => JSON.stringify({ id: `${i}`, type: 'subscribe', payload: { query: UNKNOWN_NAMES } }),
      180,
    ],
    ['words of the protocol', () => JSON.stringify({ type: 'ping', payload: { x: 'x'.repeat(4_000) } }), 95],
  ])('is paid over a WebSocket: %s, which wait if nothing is left', async (_, message, price) => {
    const gateway = await serveWith({ costPerMinute: 10_000, burst: 0, maxCost: 10_000 });
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    await new Promise((resolve) => socket.once('open', resolve));
    let answers = -1; // the first acknowledges the connection
    const many = 10_000 / price + 2;
    const enough = new Promise<void>((resolve) => socket.on('message', () => ++answers > many - 20 && resolve()));
    socket.send(JSON.stringify({ type: 'connection_init' }));
    for (let i = 0; i < 400; i++) socket.send(message(i));
    await enough;
    await until('all to be spent', async () => (await send(gateway, '{}')).status === 429);
    expect(answers).toBeLessThan(many);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.terminate();
  });

  it('lets one that waits for points go on when there are some', async () => {
    const gateway = await serveWith();
    const client = createClient({ url: `${gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    const lags = Array.from({ length: 30 }, () => client.iterate({ query: '{ chain { lag } }' }).next());
    for (const { value } of await Promise.all(lags)) expect(value.errors).toBeUndefined();
    await client.dispose();
  });
});

describe('a request that is too large', () => {
  const query =
    'query ($n: Int, $f: TransactionFilter, $t: [Hash!]) { transactions(first: $n, filter: $f) { nodes { txid } } a: transactions(filter: { txids: $t }) { nodes { txid } } }';

  it.each([
    [
      'unknown members',
      JSON.stringify({ n: 1, f: Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`tx${i}`, 1])) }),
    ],
    ['a list of wrong values', JSON.stringify({ t: Array.from({ length: 40_000 }, () => 1) })],
    ['lists in lists', `{"f":${'['.repeat(40_000)}${']'.repeat(40_000)}}`],
  ])('is refused in a few words, over any transport: %s', async (_, variables) => {
    const gateway = await serveWith();
    for (const accept of ['application/json', 'text/event-stream']) {
      const response = await send(gateway, `{"query":${JSON.stringify(query)},"variables":${variables}}`, accept);
      const text = await response.text();
      expect(text).toContain('BAD_USER_INPUT');
      expect(text.length).toBeLessThan(2_000);
    }
  });

  it.each([
    ['a string without an end', `"${'\\\\"'.repeat(12_000)}`, 'GRAPHQL_PARSE_FAILED'],
    ['block strings without an end', `"""${'\\\\""" '.repeat(5_000)}`, 'GRAPHQL_PARSE_FAILED'],
    ['a long alias', `{ ${'a'.repeat(90_000)}: chain { lag } }`, 'LIMIT_EXCEEDED'],
    [
      'a fragment that nothing spreads',
      `{ chain { lag } } fragment F on Chain { ${'tip { hash } '.repeat(480)} }`,
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ])('is refused at once: %s', async (_, text, code) => {
    expect((await post((await serveWith()).url, text)).errors![0]!.extensions.code).toBe(code);
  });

  it('is not served at an ambiguous URL', async () => {
    const { url } = await serveWith();
    const { port } = new URL(url);
    const deep = encodeURIComponent(`{ ${'... { '.repeat(300)} chain { lag } ${'}'.repeat(300)} }`);
    for (const path of [`/graphql#?query=${deep}`, `/graphql?a=1#&query=${deep}`, `/graphql?query=%ff&query=${deep}`]) {
      const answer = await rawGet(Number(port), path);
      expect(answer).not.toContain('"lag"');
      expect(answer).toMatch(/^HTTP\/1\.1 400/);
    }
  });

  it('is not read at a path without a gateway', async () => {
    const { url } = await serveWith();
    const response = await fetch(`${url}/livez`, {
      method: 'POST',
      body: '{',
      headers: { 'content-type': 'application/json' },
    });
    expect([response.status, response.headers.get('connection')]).toEqual([404, 'close']);
  });

  it('costs as much for a key that does not exist', async () => {
    const gateway = await serveWith();
    const headers = { authorization: `Bearer bitql_${'0'.repeat(12)}_${'a'.repeat(43)}` };
    const act = () => fetch(`${gateway.url}/graphql?query={chain{lag}}`, { headers });
    expect(await spentBy(gateway, act)).toBe(100);
  });
});

/** Sends the path unchanged, since clients would rewrite it. */
async function rawGet(port: number, path: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`);
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  return answer;
}

describe('a transaction that is checked for a subscription', () => {
  const NEVER = 'subscription { transactions(filter: { confirmed: false, coinbase: true }) { kind } }';
  let made = 0;
  const arrivals = (count: number) =>
    Array.from({ length: count }, () =>
      chain.make([{ txid: new Uint8Array(32).fill(8), index: made++ }], [{ value: 1, script: p2pkhScript(3) }]),
    );

  it('is paid for, even if it does not match', async () => {
    const gateway = await serveWith();
    const cost = async (query: string) =>
      spentBy(gateway, async () => {
        const client = new EventSourceClient(`${gateway.url}/graphql`, query);
        await client.opened;
        const from = client.lastEventId;
        await chain.commit({ arrive: arrivals(100) });
        const marker = new EventSourceClient(`${gateway.url}/graphql`, 'subscription { blocks { kind } }');
        await marker.opened;
        await chain.commit({ connect: [[]] });
        await marker.untilTold(1);
        await marker.close();
        expect(client.notices).toEqual([]);
        expect(client.lastEventId).toBe(from);
        await client.close();
      });
    const address = addressOf(p2pkhScript(9), networkById('btc-regtest'));
    const ofOthers = await cost(`subscription { address(addresses: ["${address}"]) { kind } }`);
    // For each transaction, a look-up of a key, and a match against the filter.
    expect((await cost(NEVER)) - ofOthers).toBeGreaterThanOrEqual(100 * (5 + 2));
  });

  it('is checked again from the log if there were no points at hand, and nothing is missed', async () => {
    // A gateway reserves a twentieth of this.
    const gateway = await serveWith({ costPerMinute: 20_000, maxCost: 20_000, burst: 0 });
    const client = new EventSourceClient(
      `${gateway.url}/graphql`,
      'subscription { transactions(filter: { coinbase: true }) { kind block { height } } }',
    );
    await client.opened;
    for (let i = 0; i < 4; i++) await chain.commit({ arrive: arrivals(200), connect: [[]] });
    await client.untilTold(4);
    const heights = client.notices.map(({ data }) => data.transactions.block.height as number);
    expect(heights).toEqual(heights.map((_, i) => heights[0]! + i));
    await client.close();
  });
});

describe('events that are replayed', () => {
  it('are paid for by the caller who has the log read, even if none matches', async () => {
    // The next heartbeat reports how far it has read.
    const gateway = await serveWith({}, { ...STREAM_TIMES, heartbeatMs: 100 });
    const { data } = await post(gateway.url, '{ chain { cursor } }');
    for (let i = 0; i < 10; i++) {
      const made = Array.from({ length: 20 }, (_, n) =>
        chain.make(
          [{ txid: new Uint8Array(32).fill(9), index: 20 * i + n }],
          [
            { value: 1, script: p2pkhScript(3) },
            { value: 0, script: dataScript([new Uint8Array(40)]) },
          ],
        ),
      );
      await chain.commit({ arrive: made });
    }
    const query = `subscription ($after: EventCursor!) {
      transactions(after: $after, filter: { data: [{ pushes: [{ index: 0, startsWith: { hex: "" } }, { index: 9 }] }] }) { kind }
    }`;
    const last = (await post(gateway.url, '{ chain { cursor } }')).data.chain.cursor;
    const cost = await spentBy(gateway, async () => {
      const client = new EventSourceClient(`${gateway.url}/graphql`, query, {
        variables: { after: data.chain.cursor },
      });
      await client.opened;
      await until('all to be read', () => client.lastEventId === last);
      await client.close();
    });
    expect(cost).toBeGreaterThan(200 + 200);
  });
});
