import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { noGateway } from '../../cli/graphql-options.ts';
import { until } from '../../dev/until.ts';
import { endpointOf } from '../../src/client/ask.ts';
import { Feed } from '../../src/client/feed.ts';
import type { Result } from '../../src/client/result.ts';
import { Watcher } from '../cli/watcher.ts';
import { endless } from '../support/endless.ts';

/** Behaviour that a gateway shows only in trouble. */
type Behaviour = (response: ServerResponse, request: IncomingMessage) => void;

const DOWN = { message: 'The database does not answer.', extensions: { code: 'STORE_UNAVAILABLE', retryable: true } };
const LARGE = { message: 'Too large.', extensions: { code: 'BUDGET_EXCEEDED', retryable: false } };

let server: Server;
let url: string;
let requests: IncomingMessage[];
let behaviours: Behaviour[];
let notes: string[];
let stop: AbortController;

beforeEach(async () => {
  requests = [];
  behaviours = [];
  notes = [];
  stop = new AbortController();
  server = createServer((request, response) => {
    requests.push(request.resume());
    const behaviour = behaviours.shift();
    if (behaviour === undefined) response.destroy();
    else behaviour(response, request);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
});

afterEach(async () => {
  stop.abort();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const begun = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });
const heartbeat = (id: string) => `:\nid: ${id}\n\n`;
const next = (id: string | null, result: object) =>
  `${id === null ? '' : `id: ${id}\n`}event: next\ndata: ${JSON.stringify(result)}\n\n`;
const told = (n: number) => next(`event-${n}`, { data: { blocks: n } });

/** Begins, sends this, and ends. */
const sends =
  (...parts: readonly string[]): Behaviour =>
  (response) =>
    begun(response).end(parts.join(''));

/** Begins, sends this, and stays silent. */
const fallsSilent =
  (...parts: readonly string[]): Behaviour =>
  (response) =>
    void begun(response).write(parts.join(''));

const answers =
  (status: number, body = ''): Behaviour =>
  (response) =>
    response.writeHead(status).end(body);

/** Reads this many results. */
async function hear(count: number, silenceMs = 60_000): Promise<{ results: Result[]; place: string | null }> {
  const note = (text: string) => void notes.push(text);
  const request = { query: 'subscription { blocks { kind } }' };
  const feed = new Feed({ endpoint: endpointOf(url, null), request, after: null, silenceMs, note, noGateway });
  const results: Result[] = [];
  for await (const result of feed.results(stop.signal)) {
    results.push(result);
    if (results.length === count) break;
  }
  return { results, place: feed.place };
}

const lastEventIds = () => requests.map(({ headers }) => headers['last-event-id']);
const eventsOf = ({ results }: { results: readonly Result[] }) => results.map(({ event }) => event);

it('continues after the last id, also after one of a heartbeat', async () => {
  behaviours = [sends(heartbeat('begin'), told(1), heartbeat('later')), sends(), sends(told(2))];
  const heard = await hear(2);
  expect(eventsOf(heard)).toEqual([1, 2]);
  expect(heard.place).toBe('event-2');
  expect(lastEventIds()).toEqual([undefined, 'later', 'later']);
});

it.each([
  ['BAD_CURSOR', 'has another index now'],
  ['EVENTS_EXPIRED', 'no longer has the events of the meantime'],
])('continues from the present at %s, and says so', async (code, why) => {
  const refusal = { data: null, errors: [{ message: 'Gone.', extensions: { code, retryable: false } }] };
  behaviours = [sends(told(1)), sends(next(null, refusal)), sends(told(2))];
  expect(eventsOf(await hear(2))).toEqual([1, 2]);
  expect(lastEventIds()).toEqual([undefined, 'event-1', undefined]);
  expect(notes).toContain(`${url} ${why}: going on from the present.`);
});

it('treats a silent connection as broken', async () => {
  behaviours = [fallsSilent(told(1)), () => {}, sends(told(2))];
  expect(eventsOf(await hear(2, 1_000))).toEqual([1, 2]);
  expect(notes).toEqual([
    `The connection to ${url} is interrupted (nothing was received for 1 s); trying again until it is back.`,
    'Connected again.',
  ]);
});

it.each([500, 502, 503, 429])('tries again after HTTP %d, and says so once', async (status) => {
  behaviours = [answers(status), answers(status), sends(told(1))];
  expect(eventsOf(await hear(1))).toEqual([1]);
  expect(notes).toEqual([
    `The connection to ${url} is interrupted (HTTP ${status}); trying again until it is back.`,
    'Connected.',
  ]);
});

it('says when it tries again, if the gateway says so', async () => {
  behaviours = [(response) => response.writeHead(429, { 'retry-after': '1' }).end(), sends(told(1))];
  expect(eventsOf(await hear(1))).toEqual([1]);
  expect(notes[0]).toBe(`The connection to ${url} is interrupted (HTTP 429); trying again in 1 second.`);
});

it('requests an event again that could not be sent, from the place before it', async () => {
  behaviours = [
    sends(told(1), next('event-2', { errors: [DOWN], data: null })),
    sends(next(null, { errors: [DOWN] })),
    sends(told(2)),
  ];
  expect(eventsOf(await hear(2))).toEqual([1, 2]);
  expect(lastEventIds()).toEqual([undefined, 'event-1', 'event-1']);
  expect(notes[0]).toContain('(The database does not answer. STORE_UNAVAILABLE)');
});

it('skips an event that can never be sent: strangers make them', async () => {
  behaviours = [sends(next('event-1', { errors: [LARGE], data: null }), told(2))];
  const { results } = await hear(2);
  expect(results).toEqual([
    { event: null, errors: [{ message: 'Too large.', code: 'BUDGET_EXCEEDED', retryable: false }] },
    { event: 2, errors: [] },
  ]);
  expect(requests).toHaveLength(1);
});

it.each([
  ['an error about the subscription', sends(next(null, { errors: [LARGE] })), 'Too large.'],
  ['an error in an answer', answers(400, JSON.stringify({ errors: [LARGE] })), 'Too large.'],
  ['another page', answers(200, '<html>'), 'does not send GraphQL events (HTTP 200)'],
  [
    'other events',
    sends('event: next\ndata: tick\n\n'),
    'does not send GraphQL events (the events are not GraphQL results)',
  ],
])('ends at %s', async (_, behaviour, message) => {
  behaviours = [behaviour];
  await expect(hear(1)).rejects.toThrow(message);
});

it('assembles messages that arrive in pieces', async () => {
  const bytes = Buffer.from(next('event-1', { data: { blocks: 'für' } }));
  behaviours = [
    (response) => {
      begun(response);
      for (const byte of bytes) response.write(Buffer.of(byte));
    },
  ];
  expect(eventsOf(await hear(1))).toEqual(['für']);
});

it('ends at the signal, whatever it waits for', async () => {
  behaviours = [fallsSilent(heartbeat('begin'))];
  const hearing = hear(1);
  await until('a request', () => requests.length === 1);
  stop.abort();
  expect(await hearing).toMatchObject({ results: [], place: expect.toBeOneOf(['begin', null]) });
  expect(notes).toEqual([]);
});

it('sends a login in the address as a header, and never shows it', async () => {
  behaviours = [answers(503), sends(told(1))];
  const withLogin = url.replace('http://', 'http://us%40er:pass%20word@');
  const watcher = new Watcher(['--endpoint', withLogin, '--count', '1', 'subscription { blocks { kind } }']);
  expect(await watcher.ended).toBe(0);
  expect(watcher.lines).toEqual(['1']);
  for (const { headers } of requests) {
    expect(headers.authorization).toBe(`Basic ${Buffer.from('us@er:pass word').toString('base64')}`);
  }
  expect(watcher.stderr).toContain(`The connection to ${url} is interrupted (HTTP 503)`);
  expect(watcher.stderr).not.toContain('pass');
});

it('reports events that cannot be sent', async () => {
  const errors = [{ message: 'Too \u001b[2Jlarge.', extensions: LARGE.extensions }];
  behaviours = [sends(next('event-1', { errors, data: null }), told(2))];
  const watcher = new Watcher(['--endpoint', url, '--count', '1', 'subscription { blocks { kind } }']);
  expect(await watcher.ended).toBe(0);
  expect(watcher.lines).toEqual(['2']);
  expect(watcher.stderr).toBe('error Too \\u001b[2Jlarge. (BUDGET_EXCEEDED)\n');
});

it('also reports a part of an event, and continues', async () => {
  const block = { height: 7, hash: 'ab'.repeat(32), transactionCount: 1, fees: null };
  const event = (value: object | null) => ({ data: { blocks: { cursor: 'c', kind: 'CONNECTED', block: value } } });
  behaviours = [sends(next('event-1', { ...event(null), errors: [LARGE] }), next('event-2', event(block)))];
  const watcher = new Watcher(['--endpoint', url, '--count', '1', '--blocks']);
  expect(await watcher.ended).toBe(0);
  expect(watcher.lines).toEqual([expect.stringContaining('height 7')]);
  expect(watcher.stderr).toBe('error Too large. (BUDGET_EXCEEDED)\n');
});

it.each([
  [
    'an event',
    (response: ServerResponse) => endless(begun(response), 'data: x'.repeat(100_000)),
    'an event does not end',
  ],
  [
    'events of one line each',
    (response: ServerResponse) => endless(begun(response), `data: ${'x'.repeat(1e6)}\n`),
    'an event does not end',
  ],
  ['a refusal', (response: ServerResponse) => endless(response.writeHead(400), 'x'.repeat(100_000)), 'HTTP 400'],
])('gives up where %s has no end', async (_, behaviour, reason) => {
  behaviours = [behaviour];
  await expect(hear(1)).rejects.toMatchObject({
    name: 'Refusal',
    message: expect.stringContaining(reason),
  });
  await until('the connection to end', () => requests[0]!.socket.destroyed);
});
