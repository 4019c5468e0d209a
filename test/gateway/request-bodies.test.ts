import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../dev/until.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { AnswerMemory } from '../../src/gateway/limits/memory.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { maskedFrame } from '../support/websocket-frame.ts';
import { demoStore, post, serve, type TestGateway } from './support.ts';

const HALF_BYTES = 60_000;
const HALF_SENT = 3;

let folder: string;
let access: SqliteAccess;
let store: ChainStore;
let gateway: TestGateway;
/** Bodies of strangers may take a quarter of it: two of those below. */
const memory = new AnswerMemory(8 * HALF_BYTES);
const sockets: Socket[] = [];
const errors: string[] = [];
const log = pino({ level: 'error' }, { write: (line) => void errors.push(line) });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-bodies-'));
  access = new SqliteAccess(join(folder, 'access.db'));
  store = await demoStore();
  const callers = { access, tiers: parseTiers('{}'), trustedProxies: [], maxSubscriptions: 10 };
  gateway = await serve(store, { callers, memory, log });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await until('all of the memory to be given back', async () => memory.bytes === 0);
  // A client that disconnects within a body causes no error in the gateway.
  expect(errors).toEqual([]);
});

afterAll(async () => {
  await gateway.close();
  await Promise.all([access.close(), store.close()]);
  rmSync(folder, { recursive: true });
});

/** A connection that has sent so much of a body, in so many pieces, and the answer to it. */
async function halfSent(bytes: number, pieces = 1): Promise<{ answer(): string }> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  sockets.push(socket);
  let answer = '';
  socket
    .setNoDelay()
    .setEncoding('latin1')
    .on('data', (text: string) => {
      answer += text;
    })
    .on('error', () => {}); // cut off
  await once(socket, 'connect');
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  const chunk = `${(bytes / pieces).toString(16)}\r\n${'x'.repeat(bytes / pieces)}\r\n`;
  for (let i = 0; i < pieces; i++) socket.write(chunk);
  return { answer: () => answer };
}

it('refuses bodies for which there is no memory, while they arrive, and answers small requests', async () => {
  const first = await halfSent(HALF_BYTES);
  await until('the first to be counted', async () => memory.bytes >= HALF_BYTES);
  const others = await Promise.all(Array.from({ length: HALF_SENT - 1 }, () => halfSent(HALF_BYTES)));
  await until('one to be refused', async () => others.some(({ answer }) => answer() !== ''));
  const refusal = others.map(({ answer }) => answer()).find((answer) => answer !== '')!;
  expect(refusal).toMatch(/^HTTP\/1\.1 503 /);
  expect(refusal).toContain('"code":"OVERLOADED","retryable":true');
  expect(refusal.toLowerCase()).toContain('connection: close');
  expect(first.answer()).toBe('');
  expect(await post(gateway.url, '{ chain { network } }')).toMatchObject({ status: 200 });
});

it('keeps a body of many pieces as one', async () => {
  await halfSent(HALF_BYTES / 10, HALF_BYTES / 10);
  await until('all to be counted', async () => memory.bytes >= HALF_BYTES / 10);
  expect(memory.bytes).toBeLessThanOrEqual((2 * HALF_BYTES) / 10);
});

it('gives the memory back once a body is parsed', async () => {
  const query = `{ chain { network } }${' '.repeat(HALF_BYTES)}`;
  for (let time = 0; time < 2 * HALF_SENT; time++) {
    expect(await post(gateway.url, query)).toMatchObject({ status: 200 });
    expect(memory.bytes).toBe(0);
  }
});

it('refuses messages of WebSockets for which there is no memory, in the same way', async () => {
  const half = async () => {
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    await once(socket, 'open');
    socket.send('x'.repeat(HALF_BYTES), { fin: false });
    return { socket, closed };
  };
  const first = await half();
  await until('the first to be counted', async () => memory.bytes >= HALF_BYTES);
  // Control frames between the parts of a message do not count.
  for (let i = 0; i < 100; i++) first.socket.ping('x'.repeat(125));
  await new Promise((resolve) => {
    first.socket.once('pong', resolve);
    first.socket.ping('last');
  });
  await until('pings to be left out', async () => memory.bytes < HALF_BYTES + 5_000);
  const others = await Promise.all([half(), half()]);
  expect(await Promise.race(others.map(({ closed }) => closed))).toBe(1013);
  for (const { socket } of [first, ...others]) socket.terminate();
});

/** A connection that was upgraded to a WebSocket, and has sent these frames in one piece. */
async function webSocketThatSent(...frames: Buffer[]): Promise<Socket> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  sockets.push(socket);
  socket.setNoDelay().on('error', () => {}); // cut off
  await once(socket, 'connect');
  const head = [
    'GET /graphql HTTP/1.1',
    'host: localhost',
    'upgrade: websocket',
    'connection: upgrade',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol: graphql-transport-ws',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.write(Buffer.concat(frames));
  return socket;
}

const INIT = maskedFrame('text', '{"type":"connection_init"}');

it('counts the beginning of a message that arrives together with the end of the previous one', async () => {
  const begun = maskedFrame('text', HALF_BYTES).subarray(0, HALF_BYTES / 2);
  await webSocketThatSent(INIT, begun);
  await until('what has come to be counted', async () => memory.bytes >= begun.length);
  expect(memory.bytes).toBe(begun.length);
});

it('counts nothing between messages, however the bytes are cut', async () => {
  const pong = maskedFrame('pong', 'x'.repeat(125));
  for (const cut of [1, 2, 6, 7, 120]) {
    const socket = await webSocketThatSent(INIT, pong.subarray(0, cut));
    await until('the beginning to be counted', async () => memory.bytes === cut);
    socket.write(pong.subarray(cut));
    await until('nothing to be left', async () => memory.bytes <= 0);
    expect(memory.bytes).toBe(0);
    socket.write(Buffer.concat([maskedFrame('first', '{"type":'), pong, pong.subarray(0, cut)]));
    await until('all that is not over to be counted', async () => memory.bytes === 6 + 8 + cut);
    socket.write(Buffer.concat([pong.subarray(cut), maskedFrame('last', '"ping"}'), maskedFrame('ping', '')]));
    await until('nothing to be left', async () => memory.bytes <= 0);
    expect(memory.bytes).toBe(0);
    socket.destroy();
  }
});

it('reads no bodies of other types', async () => {
  const headers = { 'content-type': 'text/plain' };
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: '{ chain { network } }' });
  expect(response.status).toBe(415);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
});
