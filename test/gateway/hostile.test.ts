import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { until } from '../../dev/until.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

const LARGE_BYTES = 200_000;
const LARGE_COUNT = 40;
const LARGE = `{ transactions(first: ${LARGE_COUNT}) { nodes { hex } } }`;
const SOCKETS = 3;
const STALL_MS = 1_000;

let chain: MovingChain;
let access: SqliteAccess;
let folder: string;
let gateway: TestGateway;
const log: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-hostile-'));
  access = new SqliteAccess(join(folder, 'access.db'));
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  const large = Array.from({ length: LARGE_COUNT }, (_, index) =>
    chain.make(
      [{ txid: new Uint8Array(32).fill(7), index }],
      [{ value: 0, script: dataScript([new Uint8Array(LARGE_BYTES)]) }],
    ),
  );
  await chain.commit({ connect: [large] });
  const logger: Logger = pino({ level: 'info' }, { write: (line) => void log.push(line) });
  const tiers = parseTiers(JSON.stringify({ anonymous: { subscriptions: SOCKETS } }));
  const callers = { access, tiers, trustedProxies: ['127.0.0.1'], maxSubscriptions: 100 };
  gateway = await serve(chain.store, {
    cors: '*',
    log: logger,
    callers,
    streamTimes: { heartbeatMs: 15_000, stallMs: STALL_MS, eventMs: 30_000 },
  });
});

afterAll(async () => {
  await gateway.close();
  await Promise.all([access.close(), chain.close()]);
  rmSync(folder, { recursive: true });
});

async function connected(): Promise<Socket> {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.on('error', () => {}); // cut off
  await once(socket, 'connect');
  return socket;
}

function requestFor(query: string): string {
  const body = JSON.stringify({ query });
  return `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

/** Sends messages of graphql-transport-ws over a connection of its own. */
async function speak(messages: readonly object[], address = '10.0.0.1'): Promise<WebSocket> {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
    headers: { 'x-forwarded-for': address },
  });
  await once(socket, 'open');
  for (const message of messages) socket.send(JSON.stringify(message));
  return socket;
}

describe('a persisted query', () => {
  const query = '{ chain { lag } }';
  const sha256Hash = createHash('sha256').update(query).digest('hex');

  it.each([
    ['another version', { version: 2, sha256Hash }],
    ['no version', { sha256Hash }],
    ["another query's hash", { version: 1, sha256Hash: '00'.repeat(32) }],
    ['a hash that is none', { version: 1, sha256Hash: {} }],
  ])("of %s is reported as the client's mistake", async (_, persistedQuery) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, extensions: { persistedQuery } }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_REQUEST', retryable: false } }],
    });
  });
});

it.each([undefined, '', 'c'])(
  'a query of several operations, of which "%s" is asked for, is refused',
  async (operationName) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'query a { chain { lag } } query b { chain { lag } }', operationName }),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] });
  },
);

describe('a client that does not read its answer', () => {
  it('is disconnected', async () => {
    const socket = await connected();
    socket.pause();
    socket.write(requestFor(LARGE));
    // It reads the data that was on its way, and then the end.
    await until('the beginning of the answer', () => socket.readableLength > 0 || socket.read(1) !== null);
    await until('the gateway to give up', () => isCutOff(socket));
  });

  it('is not disconnected if it reads some of it again and again', async () => {
    const socket = await connected();
    socket.pause();
    socket.write(requestFor(LARGE));
    let size = 0;
    const begun = performance.now();
    await until('all of it', () => {
      size += socket.read()?.length ?? 0;
      return size > 2 * LARGE_COUNT * LARGE_BYTES;
    });
    expect(performance.now() - begun).toBeGreaterThan(2 * STALL_MS);
    socket.destroy();
  });
});

/** Whether the other side has ended the connection, which shows when something is written. */
function isCutOff(socket: Socket): boolean {
  socket.write('x');
  return socket.closed || socket.errored !== null;
}

describe('a WebSocket', () => {
  it.each(['next', 'error', 'connection_ack'])("that sends a server's message (%s) is closed", async (type) => {
    const payload = type === 'error' ? [{ message: 'x' }] : {};
    const socket = await speak([{ type: 'connection_init' }, { id: '1', type, payload }]);
    const [code] = await once(socket, 'close');
    expect(code).toBe(4400);
    expect(log.filter((line) => line.includes('could not be handled'))).toEqual([]);
  });

  it("counts against its caller's limit of subscriptions", async () => {
    const join = async (address: string) => {
      const socket = await speak([], address);
      const joined = Promise.race([
        once(socket, 'message').then(() => 'joined'),
        once(socket, 'close').then(([code]) => code as number),
      ]);
      socket.send(JSON.stringify({ type: 'connection_init' }));
      return { socket, outcome: await joined };
    };
    const all = await Promise.all(Array.from({ length: SOCKETS + 1 }, () => join('10.0.0.2')));
    expect(all.map(({ outcome }) => outcome).sort()).toEqual([4403, ...Array(SOCKETS).fill('joined')]);
    expect(await join('10.0.0.3')).toMatchObject({ outcome: 'joined' });
    all.find(({ outcome }) => outcome === 'joined')!.socket.close();
    await until('its place to be free', async () => (await join('10.0.0.2')).outcome === 'joined');
  });

  it("with an invalid handshake is refused in BitQL's own words", async () => {
    const socket = await connected();
    const head = ['GET /graphql HTTP/1.1', 'host: x', 'upgrade: websocket', 'connection: upgrade'];
    socket.write([...head, 'sec-websocket-version: 7', '', ''].join('\r\n'));
    const answer = String((await once(socket, 'data'))[0]);
    expect(answer).toMatch(
      /^HTTP\/1\.1 400 .*Sec-WebSocket-Version: 13.*This is not a WebSocket handshake, version 13/s,
    );
    socket.destroy();
  });

  it('at another path is refused, however its client disconnects', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = await connected();
      socket.write('GET /elsewhere HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n');
      if (i % 2 === 0) expect(String((await once(socket, 'data'))[0])).toContain('404 Not Found');
      socket.resetAndDestroy();
    }
    expect((await post(gateway.url, '{ chain { lag } }')).status).toBe(200);
  });
});

it("a malformed address is reported as the client's mistake", async () => {
  expect((await fetch(`${gateway.url}/%`)).status).toBe(400);
  expect(log.filter((line) => line.includes('unexpected error'))).toEqual([]);
});

it('a request without a host is answered as any other', async () => {
  const socket = await connected();
  socket.write('GET /graphql?query={chain{lag}} HTTP/1.1\r\nhost: ]\r\n\r\n');
  expect(String((await once(socket, 'data'))[0])).toContain('HTTP/1.1 200 OK');
  socket.destroy();
});
