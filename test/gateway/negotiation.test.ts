import { createHash } from 'node:crypto';
import { request as ask } from 'node:http';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { serve, type TestGateway } from './support.ts';

const QUERY = '{ chain { network } }';
const ANSWER = { chain: { network: 'btc-regtest' } };
const SUBSCRIPTION = 'subscription { blocks { kind } }';
const JSON_TYPE = 'application/json; charset=utf-8';
const RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8';
const EVENTS_TYPE = 'text/event-stream; charset=utf-8';
/** The header that urql sends with each query. */
const URQL =
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed';

let chain: MovingChain;
let gateway: TestGateway;

beforeAll(async () => {
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  gateway = await serve(chain.store);
});

afterAll(async () => {
  await gateway.close();
  await chain.close();
});

interface Got {
  readonly status: number;
  readonly type: string | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** The received part, for a stream. */
  readonly text: string;
}

/** Sends exactly these headers: `fetch` would add some. */
function send(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Got> {
  return new Promise((resolve, reject) => {
    const sent = ask(`${gateway.url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      const type = response.headers['content-type'];
      const done = () => {
        resolve({
          status: response.statusCode!,
          type,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
        sent.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        // A subscription does not end by itself.
        if (type === EVENTS_TYPE && String(chunk).includes('id: ')) done();
      });
      response.on('end', done);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const post = (query: string, accept: string | null) =>
  send(
    'POST',
    '/graphql',
    { 'content-type': 'application/json', ...(accept === null ? {} : { accept }) },
    JSON.stringify({ query }),
  );

const get = (parameters: Record<string, string>, accept = '*/*') =>
  send('GET', `/graphql?${new URLSearchParams(parameters)}`, { accept });

function messageOf({ text }: Got): string {
  return (JSON.parse(text) as { errors: { message: string }[] }).errors[0]!.message;
}

describe('the media type of an answer', () => {
  it.each([
    [null, RESPONSE_TYPE],
    ['', RESPONSE_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    ['Application/JSON', JSON_TYPE],
    ['application/json; charset=utf-8', JSON_TYPE],
    ['application/graphql-response+json', RESPONSE_TYPE],
    ['application/graphql-response+json; charset=utf-8, application/json; charset=utf-8', RESPONSE_TYPE],
    ['application/json, application/graphql-response+json', JSON_TYPE],
    ['application/json;q=0.5, application/graphql-response+json;q=0.9', RESPONSE_TYPE],
    ['application/graphql-response+json;q=0.1, application/json', JSON_TYPE],
    ['application/json;q=0, */*', RESPONSE_TYPE],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', JSON_TYPE],
    [URQL, RESPONSE_TYPE],
    ['text/event-stream, application/json', JSON_TYPE],
    ['text/event-stream, application/json;q=0.001', JSON_TYPE],
    ['multipart/mixed, application/json;q=0.1', JSON_TYPE],
    ['text/event-stream', EVENTS_TYPE],
    ['text/*', EVENTS_TYPE],
    ['text/event-stream, multipart/mixed', EVENTS_TYPE],
    ['text/event-stream, application/json;q=0', EVENTS_TYPE],
    ['application/json;q=0.0, application/graphql-response+json;q=0, */*;q=0.1', EVENTS_TYPE],
  ])('of a query, where "%s" is accepted, is %s', async (accept, type) => {
    const good = await post(QUERY, accept);
    expect([good.status, good.type]).toEqual([200, type]);
    expect(good.text).toContain(JSON.stringify(ANSWER));
    expect(good.headers['x-query-cost']).toMatch(/^\d+$/);
    expect(good.headers.connection).toBe('keep-alive');
    expect(good.headers.vary).toContain('Accept');
    const bad = await post('{ nothing }', accept);
    expect([bad.status, bad.type]).toEqual([type === EVENTS_TYPE ? 200 : 400, type]);
    expect(bad.text).toContain('GRAPHQL_VALIDATION_FAILED');
  });

  it.each([
    [null, EVENTS_TYPE],
    ['*/*', EVENTS_TYPE],
    ['text/event-stream', EVENTS_TYPE],
    ['text/event-stream;q=0.1, application/json', EVENTS_TYPE],
    [URQL, EVENTS_TYPE],
    ['application/json', JSON_TYPE],
    ['application/json, text/event-stream;q=0', JSON_TYPE],
    ['multipart/mixed;subscriptionSpec=1.0, application/graphql-response+json', RESPONSE_TYPE],
  ])('of a subscription, where "%s" is accepted, is %s', async (accept, type) => {
    const got = await post(SUBSCRIPTION, accept);
    expect(got.type).toBe(type);
    if (type === EVENTS_TYPE) expect([got.status, got.headers.connection]).toEqual([200, 'close']);
    else expect([got.status, messageOf(got)]).toEqual([400, expect.stringContaining('accept: text/event-stream')]);
  });

  it.each(['text/html', 'multipart/mixed', 'image/*;q=0.5', '*/*;q=0', 'application/json;q=0', 'nonsense'])(
    'does not exist if "%s" is accepted: nothing is executed, and the error names the types',
    async (accept) => {
      for (const query of [QUERY, 'mutation { broadcastTransaction(raw: "00") }', SUBSCRIPTION]) {
        const got = await post(query, accept);
        expect([got.status, got.type]).toEqual([406, JSON_TYPE]);
        expect(messageOf(got)).toContain('application/graphql-response+json');
      }
    },
  );

  it('of an error before GraphQL is one that is accepted', async () => {
    const headers = { accept: URQL, 'content-type': 'application/json' };
    const got = await send('POST', '/graphql', headers, '{');
    expect([got.status, got.type]).toEqual([400, RESPONSE_TYPE]);
  });
});

describe('a link', () => {
  it('is a query from a browser or curl', async () => {
    const got = await get({ query: QUERY });
    expect([got.status, JSON.parse(got.text).data]).toEqual([200, ANSWER]);
  });

  it.each([
    [{ operationName: '' }],
    [{ variables: '' }],
    [{ extensions: '' }],
    [{ operationName: '', variables: '', extensions: '' }],
  ])('may have parameters that are empty: %j', async (empty) => {
    for (const accept of ['application/json', 'text/event-stream']) {
      const got = await get({ query: QUERY, ...(empty as Record<string, string>) }, accept);
      expect([got.status, got.text]).toEqual([200, expect.stringContaining(JSON.stringify(ANSWER))]);
    }
  });

  it('may have variables, and the name of an operation', async () => {
    const query = 'query A { chain { lag } } query B($height: Int) { block(height: $height) { height } }';
    const got = await get({ query, operationName: 'B', variables: '{"height":0}' });
    expect(JSON.parse(got.text).data).toEqual({ block: { height: 0 } });
  });

  it('changes nothing, whatever type is accepted', async () => {
    const query = 'query A { chain { lag } } mutation B { broadcastTransaction(raw: "00") }';
    for (const accept of ['*/*', 'application/json', 'application/json, text/event-stream']) {
      const got = await get({ query, operationName: 'B' }, accept);
      expect([got.status, got.headers.allow, messageOf(got)]).toEqual([405, 'POST', 'Send mutations by POST.']);
      expect((await get({ query, operationName: 'A' }, accept)).status).toBe(200);
    }
    const events = await get({ query, operationName: 'B' }, 'text/event-stream');
    expect(events.text).toContain('Send mutations by POST.');
  });
});

describe.each([['application/json'], ['text/event-stream']])('a request that accepts %s', (accept) => {
  it.each([
    ['{}', '`query` is missing: it is the text of the GraphQL query.'],
    ['{"query":""}', '`query` is missing: it is the text of the GraphQL query.'],
    ['{"query":1}', '`query` must be a string.'],
    ['{"query":"{a}","variables":[]}', '`variables` must be a JSON object.'],
    ['{"query":"{a}","variables":"{}"}', '`variables` must be a JSON object.'],
    ['{"query":"{a}","extensions":7}', '`extensions` must be a JSON object.'],
    ['{"query":"{a}","operationName":1}', '`operationName` must be a string.'],
    ['[{"query":"{a}"}]', 'The body must be one JSON object'],
    ['{', 'The body is not JSON'],
  ])('is refused with what is wrong with %s', async (body, message) => {
    const got = await send('POST', '/graphql', { accept, 'content-type': 'application/json' }, body);
    expect([got.status, got.type, messageOf(got)]).toEqual([400, JSON_TYPE, expect.stringContaining(message)]);
  });

  it.each([
    ['query={a}&query={b}', '`query` is given 2 times: give it once.'],
    ['query={a}&variables={', '`variables` must be a JSON object, but it is not JSON.'],
    ['query={a}&variables=[]', '`variables` must be a JSON object.'],
    ['query={a}&extensions=x', '`extensions` must be a JSON object, but it is not JSON.'],
    ['', '`query` is missing: it is the text of the GraphQL query.'],
  ])('is refused with what is wrong with ?%s', async (parameters, message) => {
    const got = await send('GET', `/graphql?${parameters}`, { accept });
    expect([got.status, got.type, messageOf(got)]).toEqual([400, JSON_TYPE, message]);
  });

  it('may name a query that was sent before by its hash alone', async () => {
    const query = `query Of${accept.replace(/\W/g, '')} { chain { network } }`;
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const sent = (body: object) =>
      send('POST', '/graphql', { accept, 'content-type': 'application/json' }, JSON.stringify(body));
    const unknown = await sent({ extensions });
    expect(unknown.text).toContain('"message":"PersistedQueryNotFound"');
    expect(unknown.text).toContain('"code":"PERSISTED_QUERY_NOT_FOUND"');
    expect((await sent({ query, extensions })).text).toContain(JSON.stringify(ANSWER));
    expect((await sent({ extensions })).text).toContain(JSON.stringify(ANSWER));
    expect((await get({ extensions: JSON.stringify(extensions) }, accept)).text).toContain(JSON.stringify(ANSWER));
    const wrong = await sent({ query: QUERY, extensions });
    expect([wrong.status, messageOf(wrong)]).toEqual([
      400,
      expect.stringContaining('is not the hexadecimal SHA-256 of `query`'),
    ]);
    const client = createClient({ url: `${gateway.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    const { value } = await client.iterate({ query: '', operationName: '', extensions }).next();
    expect(value).toMatchObject({ data: ANSWER });
    await client.dispose();
  });
});

describe('a POST', () => {
  const body = JSON.stringify({ query: QUERY });

  it.each([
    [{}],
    [{ 'content-type': '' }],
    [{ 'content-type': 'application/x-www-form-urlencoded' }],
    [{ 'content-type': 'text/plain' }],
    [{ 'content-type': 'application/graphql' }],
    [{ 'content-type': 'multipart/form-data; boundary=x' }],
  ])('with the headers %j is refused with the content type that it needs', async (headers) => {
    const got = await send('POST', '/graphql', { accept: 'application/json', ...headers }, body);
    expect([got.status, messageOf(got)]).toEqual([415, expect.stringContaining('"content-type: application/json"')]);
  });

  it('without a body is answered with what a request needs', async () => {
    for (const headers of [{}, { 'content-type': 'application/json' }]) {
      const got = await send('POST', '/graphql', { ...headers, 'content-length': '0' });
      expect([got.status, messageOf(got)]).toEqual([
        400,
        expect.stringContaining('{"query": "{ chain { network } }"}'),
      ]);
    }
  });

  it('that is too large is refused with the largest size', async () => {
    const got = await send('POST', '/graphql', { 'content-type': 'application/json' }, body + ' '.repeat(110_000));
    expect([got.status, messageOf(got)]).toEqual([413, 'The body may have at most 100 KiB: ask for less at once.']);
  });
});

it.each([
  ['/%', 400, 'Write % itself as %25'],
  [`/graphql?query=${'x'.repeat(20_000)}`, 431, 'send a long query by POST'],
])("an address that cannot be read is reported in BitQL's own words", async (path, status, message) => {
  const got = await send('GET', path);
  expect([got.status, messageOf(got)]).toEqual([status, expect.stringContaining(message)]);
  expect(JSON.parse(got.text).errors[0].extensions).toEqual({ code: 'BAD_REQUEST', retryable: false });
});
