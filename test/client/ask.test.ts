import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { type AskOptions, ask, endpointOf } from '../../src/client/ask.ts';
import { boundedText } from '../../src/client/fetch-text.ts';
import { demoGateway } from '../gateway/support.ts';
import { drip, endless } from '../support/endless.ts';

describe('a gateway', () => {
  const gateway = demoGateway();

  it('is asked, and its answer is returned', async () => {
    const endpoint = endpointOf(`${gateway.url}/graphql`);
    const query = 'query ($height: Int) { block(height: $height) { height } }';
    const answer = await ask(endpoint, { query, variables: { height: 357_238 } });
    expect(answer).toMatchObject({ data: { block: { height: 357_238 } } });
    const { errors } = await ask(endpoint, { query: '{ nothing }' });
    expect(errors![0]!.extensions!.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });
});

describe('a failing server', () => {
  let server: Server;
  let url: string;
  let respond: (response: ServerResponse, request: IncomingMessage) => void;
  let asked: IncomingMessage[];

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(request.resume());
      respond(response, request);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const asks = (options: AskOptions = {}) => ask(endpointOf(url), { query: '{ x }' }, options);

  it.each<[string, typeof respond, AskOptions, object]>([
    ['goes', (response) => response.destroy(), {}, { silence: 'unreachable', message: 'the connection was cut off' }],
    ['says nothing', () => {}, { timeoutMs: 50 }, { silence: 'late', message: 'it did not answer in time' }],
    ['answers slowly', (response) => drip(response), { timeoutMs: 50 }, { silence: 'late' }],
    [
      'answers without an end',
      (response) => endless(response, ' '.repeat(1_000)),
      { maxBytes: 1_000_000 },
      { silence: 'too long', message: 'it is longer than 1000000 bytes' },
    ],
    ['has a page', (response) => response.end('<html>'), {}, { silence: 'no GraphQL', message: 'HTTP 200' }],
    ['has a list', (response) => response.writeHead(404).end('[]'), {}, { silence: 'no GraphQL', message: 'HTTP 404' }],
  ])('that %s gives no answer', async (_, behaviour, options, failure) => {
    respond = behaviour;
    await expect(asks(options)).rejects.toMatchObject({ name: 'NoAnswer', ...failure });
    await until('the connection to end', () => asked[0]!.socket.destroyed || asked[0]!.complete);
  });

  it('is not waited for after the signal, whose reason is reported', async () => {
    respond = () => {};
    const stop = new AbortController();
    const waiting = asks({ signal: stop.signal });
    await until('the question', () => asked.length === 1);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(asks({ signal: stop.signal })).rejects.toThrow('enough');
  });

  it('that redirects is followed, unless the caller forbids it', async () => {
    respond = (response, request) => {
      if (request.url === '/graphql') response.writeHead(307, { location: '/elsewhere' }).end();
      else response.end('{"data":{"x":1}}');
    };
    expect(await asks()).toEqual({ data: { x: 1 } });
    await expect(asks({ redirect: 'error' })).rejects.toMatchObject({ message: expect.stringContaining('redirects') });
  });

  it('receives the login of its address, or the key instead, in a header', async () => {
    respond = (response) => response.end('{"errors":[]}');
    const withLogin = url.replace('http://', 'http://us%40er:p%C3%A4ss@');
    for (const key of [null, 'key']) await ask(endpointOf(withLogin, key), { query: '{ x }' });
    const basic = `Basic ${Buffer.from('us@er:päss').toString('base64')}`;
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([basic, 'Bearer key']);
  });
});

it('a text that comes in pieces is put together, up to its bound', async () => {
  const bytes = Buffer.from('für \u{1f600}');
  const inPieces = () => ReadableStream.from(Array.from(bytes, (byte) => Uint8Array.of(byte)));
  expect(await boundedText(inPieces(), bytes.length, () => new Error('too long'))).toBe('für \u{1f600}');
  await expect(boundedText(inPieces(), bytes.length - 1, () => new Error('too long'))).rejects.toThrow('too long');
  expect(await boundedText(null, 0, () => new Error('too long'))).toBe('');
});
