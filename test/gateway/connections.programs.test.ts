import { writeFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect, isIPv4, isIPv6, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { parseLimits } from '../../src/gateway/limits/connection-limits.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { type Home, sqliteHome } from '../support/indexer-process.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';

const OPEN_FILES = 256;
const QUERY = '/graphql?query={chain{network}}';

it.each([
  ['256', { files: 256, connections: 128 }],
  ['1024', { files: 1_024, connections: 768 }],
  ['524288', { files: 524_288, connections: 419_430 }],
  ['unlimited', null],
])('a process that may open %s files has a limit of connections', (soft, expected) => {
  const text = `Limit   Soft Limit   Hard Limit   Units\nMax open files            ${soft}                 1048576              files     \n`;
  expect(parseLimits(text)).toEqual(expected);
});

describe('a gateway that may open few files', () => {
  let sandbox: Sandbox;
  let home: Home;
  let chain: MovingChain;
  let gateway: GatewayProcess;
  let metrics: string;
  let sockets: Socket[] = [];

  beforeAll(async () => {
    sandbox = new Sandbox('connections');
    home = sqliteHome();
    chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }], await home.open());
  });

  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  });

  afterAll(async () => {
    await chain.close();
    await sandbox.close();
    await home[Symbol.asyncDispose]();
  });

  async function start(more: readonly string[] = []): Promise<void> {
    metrics = `127.0.0.1:${await freePort()}`;
    const args = ['--metrics', metrics, '--log-format', 'json', ...more];
    gateway = await GatewayProcess.with(sandbox, home, { args, openFiles: OPEN_FILES });
  }

  /** A connection over which this is sent. */
  function open(text = '', host = '127.0.0.1'): Promise<Socket> {
    const socket = connect(Number(new URL(gateway.url).port), host);
    sockets.push(socket);
    socket.on('error', () => {});
    return new Promise((resolve) => {
      socket.once('connect', () => {
        if (text !== '') socket.write(text);
        resolve(socket);
      });
    });
  }

  async function status(agent?: Agent): Promise<number | string> {
    return new Promise((resolve) => {
      get(`${gateway.url}${QUERY}`, agent === undefined ? {} : { agent }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode!));
      }).once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  }

  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`http://${metrics}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  }

  /** Everything that is received over a connection until it ends. */
  async function answerOver(socket: Socket, lines: readonly string[]): Promise<string> {
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      text += part;
    });
    socket.write(`GET /graphql?query={chain{lag}} HTTP/1.1\r\nhost: localhost\r\n${lines.join('\r\n')}\r\n\r\n`);
    await new Promise((resolve) => socket.once('close', resolve));
    return text;
  }

  const warnings = () =>
    gateway
      .log()
      .split('\n')
      .filter((line) => line.includes('Connections are refused'))
      .map((line) => JSON.parse(line));

  it('refuses more than it can bear, says so, continues for its connected clients, and recovers', async () => {
    await start();
    const subscriber = new EventSourceClient(`${gateway.url}/graphql`, 'subscription { blocks { kind } }');
    await subscriber.opened;
    await Promise.all(Array.from({ length: 400 }, () => open('GET /livez HTTP/1.1\r\nhost: localhost\r\n')));
    await until(
      'all to be taken or refused',
      async () => (await metric('bitql_gateway_connections_refused_total')) > 250,
    );
    // A subscriber gets events; a stranger gets the reason of its refusal, or nothing.
    await chain.commit({ connect: [[]] });
    await until('the event', () => subscriber.notices.length === 1);
    expect([503, 'ECONNRESET']).toContain(await status());
    expect(await metric('bitql_gateway_connections')).toBeLessThanOrEqual(128);
    expect(warnings()).toMatchObject([{ level: 'warn', refused: 1, msg: expect.stringContaining('ulimit -n is 256') }]);
    // Nobody closes a connection, but idle ones are closed.
    await until('it to let others in again', async () => (await status()) === 200);
    expect(warnings()).toHaveLength(1);
    await chain.commit({ connect: [[]] });
    await until('the next event', () => subscriber.notices.length === 2);
    await subscriber.close();
  });

  it('says why if it can, over WebSocket as well', async () => {
    await start();
    const refused = () => metric('bitql_gateway_connections_refused_total');
    // The first time, idle ones make room.
    for (let time = 0; time < 2; time++) {
      for (const before = await refused(); (await refused()) === before; ) await open('GET /livez HTTP/1.1\r\n');
    }
    const answerTo = async (lines: readonly string[]) => answerOver(await open(), lines);
    const answer = await answerTo([]);
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toContain('"code":"OVERLOADED","retryable":true');
    const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
    const handshake = ['upgrade: websocket', 'connection: upgrade', 'sec-websocket-version: 13', key];
    expect(await answerTo(handshake)).toMatch(/^HTTP\/1\.1 503 /);
  });

  it('ends idle connections before it refuses others for long', async () => {
    await start();
    await Promise.all(Array.from({ length: 114 }, () => open('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n')));
    await until('all to be idle', async () => (await metric('bitql_gateway_connections')) >= 114);
    const statuses: (number | string)[] = [];
    await until('an honest one to be let in', async () => {
      statuses.push(await status(new Agent({ keepAlive: true })));
      return (await metric('bitql_gateway_connections_refused_total')) > 0 && statuses.at(-1) === 200;
    });
    expect(await metric('bitql_gateway_connections')).toBeLessThan(100);
  });

  // An address of this machine that is not loopback.
  const elsewhere = Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .filter(({ internal, scopeid }) => !internal && !scopeid)
    .map(({ address }) => address);
  const ipv4 = elsewhere.find((address) => isIPv4(address));
  const ipv6 = elsewhere.find((address) => isIPv6(address));

  describe.each([
    ['an address', ipv4, '0.0.0.0'],
    ['a network of IPv6', ipv6, '::'],
  ])('that is reached from elsewhere, by %s', (_, address, host) => {
    it.skipIf(address === undefined)('leaves it a share of the connections, and all others the rest', async () => {
      const tiers = join(sandbox.folder, 'tiers.json');
      writeFileSync(tiers, '{}');
      await start(['--host', host, '--tiers', tiers]);
      await Promise.all(Array.from({ length: 200 }, () => open('GET /livez HTTP/1.1\r\n', address)));
      const refused = () => metric('bitql_gateway_connections_refused_total');
      await until('all to be taken or refused', async () => (await refused()) >= 168);
      expect(await metric('bitql_gateway_connections')).toBeLessThan(40);
      const named = address === ipv4 ? address : '::/64';
      expect(warnings()).toMatchObject([{ level: 'warn', refused: 1, msg: expect.stringContaining(named!) }]);
      expect(warnings()[0].msg).toContain('has 32 open, the maximum for one address');
      expect(await status()).toBe(200);
      // The first refused connections get the reason.
      await until('some to be let go', async () => (await metric('bitql_gateway_connections')) < 35);
      const answer = await answerOver(await open('', address), []);
      expect(answer).toMatch(/^HTTP\/1\.1 503 /);
      expect(answer).toContain('"code":"OVERLOADED","retryable":true');
    });
  });

  it('accepts as many from a proxy as it brings', async () => {
    const tiers = join(sandbox.folder, 'tiers.json');
    writeFileSync(tiers, '{}');
    await start(['--host', '0.0.0.0', '--tiers', tiers, '--trusted-proxies', ipv4 ?? '127.0.0.1']);
    await Promise.all(Array.from({ length: 60 }, () => open('GET /livez HTTP/1.1\r\n', ipv4)));
    await until('all to be open', async () => (await metric('bitql_gateway_connections')) >= 60);
    expect(await metric('bitql_gateway_connections_refused_total')).toBe(0);
  });
});
