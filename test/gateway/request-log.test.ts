import { createClient } from 'graphql-ws';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../dev/until.ts';
import { BitqlError } from '../../src/errors.ts';
import { requestFields } from '../../src/gateway/observe/request-scope.ts';
import { readingStore } from '../support/altered-store.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { serve, type TestGateway } from './support.ts';

const QUERY = 'query Named($hash: Hash) { block(hash: $hash) { height } }';

let chain: MovingChain;
let gateway: TestGateway;
// biome-ignore lint/suspicious/noExplicitAny: lines have the fields of their events, which differ
let lines: any[];
/** The error with which the store fails. */
let trouble: Error | null;

beforeEach(async () => {
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  lines = [];
  trouble = null;
  const unless =
    <A extends unknown[], R>(read: (...args: A) => Promise<R>) =>
    (...args: A) =>
      trouble === null ? read(...args) : Promise.reject(trouble);
  const store = readingStore(chain.store, {
    read: unless((...args) => chain.store.read(...args)),
    readState: unless(() => chain.store.readState()),
  });
  const options = { level: 'debug', mixin: requestFields };
  const log = pino(options, { write: (line) => void lines.push(JSON.parse(line)) });
  gateway = await serve(store, { log });
});
afterEach(async () => {
  await gateway.close();
  await chain.close();
});

function post(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

const ask = (headers: Record<string, string> = {}) =>
  post(JSON.stringify({ query: QUERY, variables: { hash: 'ab'.repeat(32) } }), headers);

const lineOf = (id: string | null) => until('the line', () => lines.find(({ requestId }) => requestId === id) ?? null);

describe('a request', () => {
  it('has an id of its own, which pages of other origins can read too', async () => {
    const answers = await Promise.all([ask(), ask(), fetch(`${gateway.url}/livez`), fetch(`${gateway.url}/nowhere`)]);
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[\w-]{36}$/);
    const fromElsewhere = await ask({ origin: 'http://localhost:3000' });
    expect(fromElsewhere.headers.get('access-control-expose-headers')).toContain('x-request-id');
  });

  it('keeps the id that the client sent, if it is well formed', async () => {
    expect((await ask({ 'x-request-id': 'edge:42/a.b=c' })).headers.get('x-request-id')).toBe('edge:42/a.b=c');
    for (const odd of ['', 'two words', '{"a":1}', 'x'.repeat(129)]) {
      expect((await ask({ 'x-request-id': odd })).headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    }
  });

  it('is one line of the log, without its query and its caller', async () => {
    const { headers } = await ask({ authorization: 'Bearer sw0rdfish', cookie: 'sw0rdfish' });
    const line = await lineOf(headers.get('x-request-id'));
    expect(line).toMatchObject({ level: 20, msg: 'Answered', method: 'POST', path: '/graphql', status: 200 });
    const url = `${gateway.url}/graphql?query=${encodeURIComponent('{chain{lag}}')}&token=sw0rdfish`;
    const got = await fetch(url);
    await lineOf(got.headers.get('x-request-id'));
    expect(lines).toHaveLength(2);
    expect(JSON.stringify(lines)).not.toMatch(/sw0rdfish|Named|abab|lag/);
  });

  it("that fails on the server's side has its id in the answer and in each line of the log", async () => {
    trouble = new TypeError('secret of the house');
    const answer = await ask({ 'x-request-id': 'mine' });
    expect(answer.headers.get('x-request-id')).toBe('mine');
    expect(await answer.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('mine'), extensions: { id: 'mine' } }],
    });
    await until('both lines', () => lines.length === 2);
    expect(lines).toMatchObject([
      { level: 50, requestId: 'mine', err: { message: 'secret of the house' } },
      { level: 20, requestId: 'mine', msg: 'Answered', status: 500 },
    ]);
    trouble = new BitqlError('STORE_UNAVAILABLE', 'db.internal is down');
    await ask({ 'x-request-id': 'other' });
    expect(await lineOf('other')).toMatchObject({ level: 50, err: { code: 'STORE_UNAVAILABLE' } });
  });

  it('over a WebSocket has an id too', async () => {
    const client = createClient({ url: `${gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    trouble = new TypeError('secret of the house');
    const { value } = await client.iterate({ query: '{ chain { lag } }' }).next();
    const { id } = value.errors[0].extensions;
    expect(await lineOf(id)).toMatchObject({ level: 50, err: { message: 'secret of the house' } });
    await client.dispose();
  });
});

describe('work for all subscribers', () => {
  it('is in the log without the id of the first subscriber', async () => {
    const client = new EventSourceClient(`${gateway.url}/graphql`, 'subscription { blocks { kind } }');
    await client.opened;
    trouble = new BitqlError('STORE_UNAVAILABLE', 'db.internal is down');
    const line = await until('the warning', () => lines.find(({ msg }) => msg.startsWith('Subscribers wait')) ?? null);
    expect(line).not.toHaveProperty('requestId');
    await client.close();
  });
});
