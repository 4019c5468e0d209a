import { once } from 'node:events';
import { connect as connectTo, type Socket } from 'node:net';
import { createClient as createSseClient } from 'graphql-sse';
import { type Client, createClient as createWsClient } from 'graphql-ws';
import { type Logger, pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../dev/until.ts';
import { BitqlError } from '../../src/errors.ts';
import type { LookUp, ReadStore } from '../../src/store/store.ts';
import { readingStore } from '../support/altered-store.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { post, serve, type TestGateway } from './support.ts';

const TIMES = { heartbeatMs: 50, stallMs: 1_500, eventMs: 30_000 };
const LARGE = 'subscription($after: EventCursor) { transactions(after: $after) { cursor transaction { txid hex } } }';
const BLOCKS = 'subscription { blocks { cursor kind block { height } } }';
const TRANSACTIONS = `subscription Told($filter: TransactionFilter, $after: EventCursor) {
  transactions(filter: $filter, after: $after) { cursor kind reason by block { height } transaction { txid } }
}`;

let chain: MovingChain;
let reads: number;
/** The part of them that reads postings, for a field that leads to other rows. */
let lookups: number;
/** The error with which these fail. */
let trouble: Error | null;
let log: string[];
let logger: Logger;
let store: ReadStore;
let gateway: TestGateway;
let url: string;
let open: { close(): unknown }[];

beforeEach(async () => {
  chain = await MovingChain.create([
    { value: 50, script: p2pkhScript(1) },
    { value: 50, script: p2pkhScript(2) },
  ]);
  reads = 0;
  lookups = 0;
  trouble = null;
  log = [];
  store = readingStore(chain.store, {
    read: (lookUps, options) => {
      reads += 1;
      if (isOfPostings(lookUps)) lookups += 1;
      if (isOfPostings(lookUps) && trouble !== null) return Promise.reject(trouble);
      return chain.store.read(lookUps, options);
    },
    readState: () => {
      reads += 1;
      return chain.store.readState();
    },
  });
  logger = pino({ level: 'debug' }, { write: (line) => void log.push(line) });
  gateway = await serve(store, { streamTimes: TIMES, log: logger });
  url = `${gateway.url}/graphql`;
  open = [];
});
afterEach(async () => {
  for (const one of open) await one.close();
  await gateway.close();
  await chain.close();
});

const isOfPostings = (lookUps: readonly LookUp[]) => lookUps.some(({ table }) => table === 'postings');

function listen(query: string, options: { variables?: object; lastEventId?: string | null } = {}): EventSourceClient {
  const client = new EventSourceClient(url, query, options);
  open.push(client);
  return client;
}

function connect(): Client {
  const client = createWsClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0 });
  open.push({ close: () => client.dispose() });
  return client;
}

let made = 0;

/** A transaction that pays a key, with a text in its data. */
function payment(key: number, word = 'hello', size = 0): MadeTransaction {
  const data = [new TextEncoder().encode(word), new Uint8Array(size)];
  const outputs = [
    { value: 0, script: p2pkhScript(key) },
    { value: 0, script: dataScript(data) },
  ];
  return chain.make([{ txid: new Uint8Array(32).fill(7), index: made++ }], outputs);
}

/** Adds large unconfirmed transactions, one by one. @returns their ids */
async function commitLarge(count: number): Promise<string[]> {
  const all = Array.from({ length: count }, () => payment(1, 'large', 200_000));
  for (const large of all) await chain.commit({ arrive: [large] });
  return all.map(({ transaction }) => idOf(transaction));
}

async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {}); // cut off, perhaps
  const closed = once(socket, 'close');
  socket.resume();
  await closed;
  return Buffer.concat(chunks).toString();
}

async function told(client: EventSourceClient, n: number): Promise<unknown[]> {
  await client.untilTold(n);
  return client.notices.map(({ data }) => data);
}

it('large answers of queries are the same by every transport', async () => {
  const txids = await commitLarge(3);
  const query = `{ ${txids.map((txid, i) => `t${i}: transaction(txid: "${txid}") { txid hex }`).join(' ')} }`;
  const { data } = await post(gateway.url, query);
  expect(Object.keys(data as object)).toHaveLength(3);
  for (const text of [query, '{ __typename }']) {
    const body = JSON.stringify({ query: text });
    const sent = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(await sent.text()).toMatch(/}\n$/);
  }
  const events = listen(query);
  await events.ended;
  expect([events.notices.map((notice) => notice.data), events.isComplete]).toEqual([[data], true]);
  const results = [];
  for await (const result of connect().iterate({ query })) results.push(result);
  expect(results.map((result) => result.data)).toEqual([data]);
});

describe('server-sent events', () => {
  it('report the events of a transaction, with the id of each place', async () => {
    const client = listen(TRANSACTIONS, {
      variables: { filter: { data: [{ pushes: [{ startsWith: { utf8: 'hell' } }] }] } },
    });
    await client.opened;
    const [told, other, by] = [payment(1), payment(1, 'heaven'), payment(2)];
    const txid = idOf(told.transaction);
    await chain.commit({ arrive: [told, other] });
    await chain.commit({ connect: [[told]] });
    await chain.commit({ disconnect: 1, connect: [[], []], arrive: [told] });
    await chain.commit({ arrive: [by], leave: [{ id: txid, reason: 'replaced', by: idOf(by.transaction) }] });
    await client.untilTold(6);
    const blank = { reason: null, by: null, block: null };
    expect(client.notices.map(({ data: { transactions } }) => ({ ...transactions, cursor: undefined }))).toEqual([
      { kind: 'ACCEPTED', transaction: { txid }, ...blank },
      { kind: 'CONFIRMED', transaction: { txid }, ...blank, block: { height: 1 } },
      { kind: 'REORGANISED', transaction: { txid }, ...blank, block: { height: 1 } },
      { kind: 'ACCEPTED', transaction: { txid }, ...blank },
      { kind: 'ACCEPTED', transaction: { txid: idOf(by.transaction) }, ...blank },
      { kind: 'REMOVED', transaction: { txid }, reason: 'REPLACED', by: idOf(by.transaction), block: null },
    ]);
    for (const { id, data } of client.notices) expect(id).toBe(data.transactions.cursor);
  });

  it('report what addresses receive and spend', async () => {
    const query = `subscription($addresses: [String!]!) {
      address(addresses: $addresses) { kind addresses received spent transaction { txid } }
    }`;
    const { data } = await post(
      gateway.url,
      '{ blocks { nodes { transactions { nodes { txid outputs { address } } } } } }',
    );
    const [coinbase] = data.blocks.nodes[0].transactions.nodes;
    const [{ address }] = coinbase.outputs;
    const client = listen(query, { variables: { addresses: [address] } });
    await client.opened;
    const spends = chain.make(
      [{ txid: Buffer.from(coinbase.txid, 'hex').reverse(), index: 0 }],
      [
        { value: 20, script: p2pkhScript(1) },
        { value: 10, script: p2pkhScript(2) },
      ],
    );
    await chain.commit({ arrive: [spends, payment(3)] });
    expect(await told(client, 1)).toEqual([
      {
        address: {
          kind: 'ACCEPTED',
          addresses: [address],
          received: 20,
          spent: 50,
          transaction: { txid: idOf(spends.transaction) },
        },
      },
    ]);
  });

  it('continue where they broke off, by Last-Event-ID, which takes precedence over `after`', async () => {
    const all = listen(BLOCKS);
    await all.opened;
    await chain.commit({ connect: [[], [], []] });
    await all.untilTold(3);
    const [first, second] = all.notices;
    const after = `subscription { blocks(after: "${first!.id}") { cursor block { height } } }`;
    const heights = async (client: EventSourceClient, count: number) => {
      await client.untilTold(count);
      return client.notices.map(({ data }) => data.blocks.block.height);
    };
    expect(await heights(listen(after), 2)).toEqual([2, 3]);
    expect(await heights(listen(after, { lastEventId: second!.id }), 1)).toEqual([3]);
    expect(await heights(listen(BLOCKS, { lastEventId: first!.id }), 2)).toEqual([2, 3]);
  });

  it('begin after what a query showed', async () => {
    const { data, extensions } = await post(gateway.url, '{ chain { cursor tip { height } } }');
    await chain.commit({ connect: [[]] });
    expect((extensions!.chain as { cursor: string }).cursor).toBe(data.chain.cursor);
    const client = listen(`subscription { blocks(after: "${data.chain.cursor}") { block { height } } }`);
    expect(await told(client, 1)).toEqual([{ blocks: { block: { height: data.chain.tip.height + 1 } } }]);
  });

  it('move the cursor on while nothing happens that concerns the subscriber', async () => {
    const client = listen(TRANSACTIONS, { variables: { filter: { confirmed: true, coinbase: false } } });
    await client.opened;
    const begin = client.lastEventId;
    await chain.commit({ connect: [[]] });
    await until('a heartbeat', () => client.lastEventId !== begin);
    await client.close();
    const wanted = payment(1);
    await chain.commit({ connect: [[wanted]] });
    const again = listen(TRANSACTIONS, { lastEventId: client.lastEventId, variables: { filter: { coinbase: false } } });
    await again.untilTold(1);
    expect(again.notices[0]!.data.transactions.transaction.txid).toBe(idOf(wanted.transaction));
  });

  it('work with graphql-sse, for queries and mistakes too', async () => {
    const client = createSseClient({ url, retryAttempts: 0 });
    open.push({ close: () => client.dispose() });
    const blocks = client.iterate({ query: BLOCKS });
    const first = blocks.next();
    await until('somebody to be told of a block', async () => {
      await chain.commit({ connect: [[]] });
      return Promise.race([first, new Promise<null>((resolve) => setImmediate(() => resolve(null)))]);
    });
    expect((await first).value).toMatchObject({ data: { blocks: { kind: 'CONNECTED' } } });
    expect((await client.iterate({ query: '{ chain { network } }' }).next()).value).toMatchObject({
      data: { chain: { network: 'btc-regtest' } },
    });
    const codeOf = async (query: string, variables = {}) => {
      const { value } = await client.iterate({ query, variables }).next();
      return value.errors[0].extensions;
    };
    expect(await codeOf('subscription { nothing }')).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED', retryable: false });
    expect(await codeOf('subscription {')).toEqual({ code: 'GRAPHQL_PARSE_FAILED', retryable: false });
    expect(await codeOf('subscription { blocks(after: "x") { kind } }')).toEqual({
      code: 'BAD_CURSOR',
      retryable: false,
    });
    expect(await codeOf('subscription { address(addresses: ["x"]) { kind } }')).toMatchObject({ code: 'BAD_ADDRESS' });
    expect(await codeOf('subscription { address(addresses: []) { kind } }')).toMatchObject({ code: 'BAD_QUERY' });
    expect(await codeOf(TRANSACTIONS, { filter: 1 })).toEqual({ code: 'BAD_USER_INPUT', retryable: false });
    expect(await codeOf('query A { chain { lag } } query B { chain { lag } }')).toMatchObject({
      code: 'OPERATION_RESOLUTION_FAILURE',
    });
  });

  it('begin at the present if the cursor is null, as it is before the first event', async () => {
    await chain.commit({ connect: [[]] });
    const client = listen(`subscription ($after: EventCursor) { blocks(after: $after) { kind block { height } } }`, {
      variables: { after: null },
    });
    await client.opened;
    await chain.commit({ connect: [[]] });
    expect(await told(client, 1)).toEqual([{ blocks: { kind: 'CONNECTED', block: { height: 2 } } }]);
  });

  it('can be requested by a plain link, for queries and subscriptions only', async () => {
    const get = async (query: string) => {
      const stop = new AbortController();
      open.push({ close: () => stop.abort() });
      const headers = { accept: 'text/event-stream' };
      const response = await fetch(`${url}?query=${encodeURIComponent(query)}`, { headers, signal: stop.signal });
      const { value } = await response.body!.getReader().read();
      return new TextDecoder().decode(value);
    };
    expect(await get(BLOCKS)).toMatch(/^:\nid: \S+\n\n$/);
    expect(await get('{ chain { network } }')).toContain('btc-regtest');
    expect(await get('mutation { broadcastTransaction(raw: "00") }')).toContain('Send mutations by POST.');
  });

  it('refuse a malformed request as JSON with a status', async () => {
    const send = async (body: string) => {
      const headers = { accept: 'text/event-stream', 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body });
      return {
        status: response.status,
        message: ((await response.json()) as { errors: { message: string }[] }).errors[0]!.message,
      };
    };
    expect(await send('{}')).toEqual({
      status: 400,
      message: '`query` is missing: it is the text of the GraphQL query.',
    });
    expect(await send('[1]')).toMatchObject({ status: 400 });
    expect(await send('{')).toMatchObject({ status: 400 });
    expect(await send('{"query":"{a}","variables":[]}')).toEqual({
      status: 400,
      message: '`variables` must be a JSON object.',
    });
    expect(await send('{"query":"{a}","operationName":1}')).toEqual({
      status: 400,
      message: '`operationName` must be a string.',
    });
  });

  it('end with their gateway, without a message of completion', async () => {
    const client = listen(BLOCKS);
    await client.opened;
    await gateway.close();
    await client.ended;
    expect(client.isComplete).toBe(false);
    gateway = await serve(store, { streamTimes: TIMES });
  });

  it('end for a slow reader, which continues from the last event that it received', async () => {
    const { port } = new URL(url);
    const socket = connectTo({ host: '127.0.0.1', port: Number(port) });
    const body = JSON.stringify({ query: LARGE });
    socket.write(`POST /graphql HTTP/1.0\r\naccept: text/event-stream\r\ncontent-type: application/json\r\n`);
    socket.write(`content-length: ${body.length}\r\n\r\n${body}`);
    const [head] = await once(socket, 'data');
    socket.pause();
    expect(String(head)).toContain('200 OK');
    const txids = await commitLarge(40);
    await until('the gateway to give up', () => log.some((line) => line.includes('SLOW_READER')));
    const text = await readAll(socket);
    const got = [...text.matchAll(/^id: (\S+)\nevent: next\ndata: .*"txid":"(\w+)".*\n\n/gm)];
    expect(got.length).toBeLessThan(40);
    expect(got.map(([, , txid]) => txid)).toEqual(txids.slice(0, got.length));
    const again = listen(LARGE, { lastEventId: got.at(-1)![1]! });
    await again.untilTold(txids.length - got.length);
    expect(again.notices.map(({ data }) => data.transactions.transaction.txid)).toEqual(txids.slice(got.length));
  });
});

describe('a heartbeat', () => {
  const QUIET = `subscription($after: EventCursor) {
    transactions(filter: { coinbase: true, confirmed: false }, after: $after, heartbeat: true) {
      cursor kind reason by block { height } transaction { txid }
    }
  }`;
  const nothing = { kind: 'HEARTBEAT', reason: null, by: null, block: null, transaction: null };

  it('is sent at once and then now and then, in every subscription that asks for it', async () => {
    const { data } = await post(gateway.url, '{ chain { cursor } }');
    const { data: mined } = await post(
      gateway.url,
      '{ blocks { nodes { transactions { nodes { outputs { address } } } } } }',
    );
    const { address } = mined.blocks.nodes[0].transactions.nodes[0].outputs[0];
    const asked = [
      QUIET,
      'subscription { blocks(heartbeat: true) { cursor kind block { height } } }',
      `subscription { address(addresses: "${address}", heartbeat: true) {
        cursor kind addresses received spent block { height } transaction { txid } } }`,
    ];
    const clients = asked.map((query) => listen(query));
    await Promise.all(clients.map((client) => client.untilTold(3)));
    const told = clients.map(({ notices }) => Object.values(notices[2]!.data)[0]);
    const { cursor } = data.chain;
    expect(told).toEqual([
      { cursor, ...nothing },
      { cursor, kind: 'HEARTBEAT', block: null },
      { cursor, kind: 'HEARTBEAT', addresses: [], received: 0, spent: 0, block: null, transaction: null },
    ]);
    for (const { notices } of clients) expect(notices[2]!.id).toBe(cursor);
  });

  it('keeps the cursor of a quiet subscriber fresh beyond the events that are kept', async () => {
    const { data } = await post(gateway.url, '{ chain { cursor } }');
    const client = listen(QUIET, { variables: { after: data.chain.cursor } });
    await client.untilTold(1);
    for (let i = 0; i < 3; i++) await chain.commit({ connect: [[payment(1)]] });
    const { data: later } = await post(gateway.url, '{ chain { cursor } }');
    const placeOf = (cursor: string | null) => Buffer.from(cursor!, 'base64url');
    const fresh = placeOf(later.chain.cursor);
    await until('a fresh cursor', () => Buffer.compare(placeOf(client.notices.at(-1)!.id), fresh) >= 0);
    await chain.forgetEvents();
    expect(client.notices.map((notice) => notice.data.transactions)).toEqual(
      client.notices.map(({ id }) => ({ cursor: id, ...nothing })),
    );
    const stale = listen(QUIET, { variables: { after: data.chain.cursor } });
    await stale.untilTold(1);
    expect(stale.notices[0]!.errors).toMatchObject([{ extensions: { code: 'EVENTS_EXPIRED' } }]);
    const again = listen(TRANSACTIONS, { variables: { after: client.notices.at(-1)!.id } });
    await again.opened;
    const wanted = payment(2);
    await chain.commit({ arrive: [wanted] });
    await again.untilTold(1);
    expect(again.notices[0]!.data.transactions.transaction.txid).toBe(idOf(wanted.transaction));
  });

  it('never has a cursor of events that were not sent yet', async () => {
    const query = 'subscription { transactions(heartbeat: true) { cursor kind transaction { txid } } }';
    const quick = await serve(store, { streamTimes: { ...TIMES, heartbeatMs: 1 } });
    open.push(quick);
    const client = new EventSourceClient(`${quick.url}/graphql`, query);
    open.push(client);
    await client.opened;
    const txids: string[] = [];
    for (let i = 0; i < 30; i++) {
      const arrived = payment(1);
      txids.push(idOf(arrived.transaction));
      await chain.commit({ arrive: [arrived] });
    }
    const events = () => client.notices.filter(({ data }) => data.transactions.kind !== 'HEARTBEAT');
    await until('all events', () => events().length >= txids.length);
    expect(events().map(({ data }) => data.transactions.transaction.txid)).toEqual(txids);
    const { notices } = client;
    expect(notices.length).toBeGreaterThan(txids.length);
    const places = notices.map(({ id }) => Buffer.from(id!, 'base64url'));
    for (let i = 1; i < places.length; i++) expect(Buffer.compare(places[i - 1]!, places[i]!)).toBeLessThanOrEqual(0);
  });
});

describe('WebSockets', () => {
  it('ping with the cursor of each subscription, at once and then now and then', async () => {
    const pings: { cursor?: string; cursors: Record<string, string> }[] = [];
    const client = createWsClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      generateID: ({ query }) => (query === BLOCKS ? 'blocks' : 'transactions'),
      on: { ping: (received, payload) => void (received && pings.push(payload as (typeof pings)[number])) },
    });
    open.push({ close: () => client.dispose() });
    const cursorOf = async () => (await post(gateway.url, '{ chain { cursor } }')).data.chain.cursor as string;
    const begun = await cursorOf();
    const blocks = client.iterate({ query: BLOCKS });
    const first = blocks.next();
    await until('a ping', () => pings.length > 0);
    expect(pings[0]).toEqual({ cursor: begun, cursors: { blocks: begun } });
    // None of it concerns the subscriber.
    await chain.commit({ arrive: [payment(1)] });
    const later = await cursorOf();
    await until('a fresh cursor', () => pings.at(-1)!.cursor === later);
    const all = client.iterate({ query: TRANSACTIONS });
    const second = all.next();
    await until('both', () => pings.at(-1)!.cursors.transactions !== undefined);
    expect(pings.at(-1)).toEqual({ cursors: { blocks: later, transactions: later } });
    await chain.commit({ connect: [[]] });
    expect((await first).value).toMatchObject({ data: { blocks: { kind: 'CONNECTED' } } });
    expect((await second).value).toMatchObject({ data: { transactions: { kind: 'CONFIRMED' } } });
    await Promise.all([blocks.return!(), all.return!()]);
  });

  it('carry subscriptions, queries and mutations at the same time', async () => {
    const client = connect();
    const blocks = client.iterate({ query: BLOCKS });
    const told = blocks.next();
    const chainOf = async () => (await client.iterate({ query: '{ chain { tip { height } } }' }).next()).value;
    expect(await chainOf()).toMatchObject({ data: { chain: { tip: { height: 0 } } } });
    const broadcast = await client.iterate({ query: 'mutation { broadcastTransaction(raw: "00") }' }).next();
    expect(broadcast.value).toMatchObject({ errors: [{ extensions: { code: 'BROADCAST_UNAVAILABLE' } }] });
    await chain.commit({ connect: [[]] });
    expect((await told).value).toMatchObject({
      data: { blocks: { kind: 'CONNECTED', block: { height: 1 } } },
      extensions: { chain: { tip: { height: 1 } } },
    });
    await blocks.return!();
  });

  it('continue after a cursor, and report mistakes', async () => {
    const client = connect();
    const { data } = await post(gateway.url, '{ chain { cursor } }');
    await chain.commit({ connect: [[], []] });
    const again = client.iterate({ query: TRANSACTIONS, variables: { after: data.chain.cursor } });
    const told = [(await again.next()).value, (await again.next()).value];
    expect(told).toMatchObject([1, 2].map((height) => ({ data: { transactions: { block: { height } } } })));
    const refused = (query: string) => client.iterate({ query }).next();
    const code = (name: string) =>
      expect.arrayContaining([expect.objectContaining({ extensions: expect.objectContaining({ code: name }) })]);
    await expect(refused('subscription { nothing }')).rejects.toEqual(code('GRAPHQL_VALIDATION_FAILED'));
    await expect(refused('subscription { blocks(after: "x") { kind } }')).rejects.toEqual(code('BAD_CURSOR'));
  });

  it('end with a code: for nonsense, for too large messages, at another path, and with their gateway', async () => {
    const open = async () => {
      const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      await once(socket, 'open');
      return socket;
    };
    const codeOf = async (socket: WebSocket) => (await once(socket, 'close'))[0] as number;
    const answerTo = async (text: string) => {
      const socket = await open();
      socket.send(text);
      return codeOf(socket);
    };
    expect(await answerTo('nonsense')).toBe(4400);
    expect(await answerTo('x'.repeat(200_000))).toBe(1009);
    const [error] = await once(new WebSocket(`${gateway.url.replace('http', 'ws')}/elsewhere`), 'error');
    expect(error.message).toContain('404');
    const last = codeOf(await open());
    await gateway.close();
    expect(await last).toBe(1001);
    gateway = await serve(store, { streamTimes: TIMES });
  });

  it('end for a slow reader, which continues from the last event that it received', async () => {
    // A ping that waits behind unread data would end it too.
    const patient = await serve(store, { streamTimes: { ...TIMES, heartbeatMs: 60_000 }, log: logger });
    open.push(patient);
    const socket = new WebSocket(`${patient.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const got: { cursor: string; transaction: { txid: string } }[] = [];
    socket.on('message', (message) => {
      const { type, payload } = JSON.parse(String(message));
      if (type === 'next') got.push(payload.data.transactions);
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init' }));
    await once(socket, 'message');
    const { data } = await post(gateway.url, '{ chain { cursor } }');
    const payload = { query: LARGE, variables: { after: data.chain.cursor } };
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload }));
    const first = await commitLarge(1);
    await until('the first event', () => got.length === 1);
    socket.pause();
    const txids = [...first, ...(await commitLarge(40))];
    await until('the gateway to give up', () => log.some((line) => line.includes('SLOW_READER')));
    const closed = once(socket, 'close');
    socket.resume();
    await closed;
    expect(got.length).toBeLessThan(41);
    expect(got.map(({ transaction }) => transaction.txid)).toEqual(txids.slice(0, got.length));
    const again = listen(LARGE, { lastEventId: got.at(-1)!.cursor });
    await again.untilTold(txids.length - got.length);
    expect(again.notices.map(({ data }) => data.transactions.transaction.txid)).toEqual(txids.slice(got.length));
  });
});

describe('a gateway', () => {
  it('executes equal subscriptions once for each event, wherever they began', async () => {
    const query = `subscription Told($after: EventCursor) {
      transactions(after: $after) { transaction { outputs { spentBy { index } } } }
    }`;
    const readsFor = async (count: number) => {
      const { data } = await post(gateway.url, '{ chain { cursor } }');
      const clients = Array.from({ length: count }, (_, i) =>
        listen(query, { variables: i % 2 === 0 ? {} : { after: data.chain.cursor } }),
      );
      await Promise.all(clients.map(({ opened }) => opened));
      const before = lookups;
      await chain.commit({ arrive: [payment(1)] });
      await Promise.all(clients.map((client) => client.untilTold(1)));
      const needed = lookups - before;
      await Promise.all(clients.map((client) => client.close()));
      return needed;
    };
    const alone = await readsFor(1);
    expect(alone).toBeGreaterThan(0);
    expect(await readsFor(40)).toBe(alone);
  });

  it('sends each subscriber its own results, even if two differ only in the default of a variable', async () => {
    const received = async (shape: (address: string) => string) => {
      const { data } = await post(
        gateway.url,
        '{ blocks { nodes { transactions { nodes { outputs { address } } } } } }',
      );
      const addressOf = (i: number) => data.blocks.nodes[0].transactions.nodes[0].outputs[i].address;
      const clients = [0, 1].map((i) => listen(shape(addressOf(i))));
      await Promise.all(clients.map(({ opened }) => opened));
      const outputs = [1, 2].map((key) => ({ value: key, script: p2pkhScript(key) }));
      await chain.commit({ arrive: [chain.make([{ txid: new Uint8Array(32).fill(7), index: made++ }], outputs)] });
      return Promise.all(clients.map(async (client) => (await told(client, 1))[0]));
    };
    const own = [{ address: { received: 1 } }, { address: { received: 2 } }];
    expect(
      await received(
        (address) => `subscription ($a: [String!]! = ["${address}"]) { address(addresses: $a) { received } }`,
      ),
    ).toEqual(own);
    expect(
      await received(
        (address) => `subscription ($a: String! = "${address}") { address(addresses: [$a]) { received } }`,
      ),
    ).toEqual(own);
    expect(
      await received(
        (address) => `subscription { ...on Subscription { address(addresses: "${address}") { received } } }`,
      ),
    ).toEqual(own);
  });

  it('sends each subscriber its own results if one sends null and the other nothing', async () => {
    const query = `subscription ($n: Int) { transactions { transaction { outputs(offset: $n) { value } } } }`;
    const clients = [{ n: null }, {}].map((variables) => listen(query, { variables }));
    await Promise.all(clients.map(({ opened }) => opened));
    await chain.commit({ arrive: [payment(1)] });
    const [withNull, without] = await Promise.all(clients.map(async (client) => (await told(client, 1))[0]));
    expect(withNull).toEqual({ transactions: { transaction: null } });
    expect(without).toMatchObject({ transactions: { transaction: { outputs: [{ value: 0 }, { value: 0 }] } } });
  });

  it('does not skip an event that it cannot send now: subscribers reconnect for it', async () => {
    const query = 'subscription { transactions { transaction { txid outputs { spentBy { index } } } } }';
    const client = listen(query);
    await client.opened;
    trouble = new BitqlError('STORE_UNAVAILABLE', 'It is away.');
    const arrived = payment(1);
    await chain.commit({ arrive: [arrived] });
    await client.ended;
    const unavailable = { extensions: { code: 'STORE_UNAVAILABLE', retryable: true } };
    expect(client.notices).toMatchObject([{ id: null, errors: [unavailable] }]);
    const { lastEventId } = client;
    const after = `subscription { transactions(after: "${lastEventId}") { transaction { outputs { spentBy { index } } } } }`;
    await expect(connect().iterate({ query: after }).next()).rejects.toMatchObject([unavailable]);
    trouble = null;
    const again = listen(query, { lastEventId });
    await again.untilTold(1);
    expect(again.notices).toMatchObject([
      { errors: undefined, data: { transactions: { transaction: { txid: idOf(arrived.transaction) } } } },
    ]);
  });

  it('does not work on an event forever: subscribers reconnect for it', async () => {
    const hanging = readingStore(store, {
      read: (lookUps, options) => (isOfPostings(lookUps) ? new Promise<never>(() => {}) : store.read(lookUps, options)),
    });
    const patient = await serve(hanging, { streamTimes: { ...TIMES, eventMs: 200 } });
    const query = 'subscription { transactions { transaction { outputs { spentBy { index } } } } }';
    const client = new EventSourceClient(`${patient.url}/graphql`, query);
    await client.opened;
    await chain.commit({ arrive: [payment(1)] });
    await client.ended;
    expect(client.notices).toMatchObject([
      { id: null, errors: [{ extensions: { code: 'TIMEOUT', retryable: true } }] },
    ]);
    await patient.close();
  });

  it('stops reading the log when its last subscriber has gone, by any transport', async () => {
    const client = listen(BLOCKS);
    await client.opened;
    const socket = connect();
    const blocks = socket.iterate({ query: BLOCKS });
    const told = blocks.next();
    await until('both to be told of a block', async () => {
      await chain.commit({ connect: [[]] });
      return client.notices.length > 0 && (await Promise.race([told, null])) !== null;
    });
    await client.close();
    await blocks.return!();
    await until('the gateway to read no more', async () => {
      const before = reads;
      await chain.commit({ connect: [[], [], []] });
      return reads === before;
    });
  });

  it('tells subscribers to reconnect later while there is no log yet', async () => {
    const empty = await temporaryStore();
    const young = await serve(empty, { streamTimes: TIMES });
    const client = new EventSourceClient(`${young.url}/graphql`, BLOCKS);
    await client.ended;
    expect(client.notices[0]!.errors).toMatchObject([{ extensions: { code: 'NOT_SYNCED', retryable: true } }]);
    expect(client.isComplete).toBe(true);
    await young.close();
    await empty.close();
  });
});
