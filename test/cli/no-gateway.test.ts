import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { serve } from '../gateway/support.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { BITQL, bitql, cleanEnvironment, demoFile } from './support.ts';
import { Watcher } from './watcher.ts';

const CURE = 'Start one with "bitql up", "bitql serve" or "bitql dev", or give the address of another with --endpoint.';

describe('without a gateway', () => {
  const sandbox = new Sandbox('no-gateway');
  let store: string;
  beforeAll(async () => {
    store = await demoFile(sandbox.folder);
  });
  afterAll(() => sandbox.close());

  it('query says what to start', async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await bitql([
      'query',
      '{ chain { lag } }',
      '--endpoint',
      `http://127.0.0.1:${port}`,
    ]);
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      `error No gateway answers at http://127.0.0.1:${port}: nothing listens there (ECONNREFUSED). ${CURE} (BAD_SETTING)\n`,
    ]);
  });

  it('watch says the same, waits, and watches once one is there', async () => {
    const port = await freePort();
    const watcher = new Watcher(['--endpoint', `127.0.0.1:${port}`, '--blocks', '--count', '1']);
    const said = `No gateway answers at http://127.0.0.1:${port}: nothing listens there (ECONNREFUSED). ${CURE} Trying again until one answers.\n`;
    await until('what it says', () => watcher.stderr !== '');
    expect(watcher.stderr).toBe(said);
    const chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
    const gateway = await serve(chain.store, { port });
    await until('that it is connected', () => watcher.stderr !== said);
    await chain.commit({ connect: [[]] });
    expect(await watcher.ended).toBe(0);
    expect([watcher.lines.length, watcher.stderr]).toEqual([1, `${said}Connected.\n`]);
    await gateway.close();
    await chain.close();
  });

  it('an address may lack http:// and the path', async () => {
    const gateway = sandbox.start('short', process.execPath, [BITQL, 'serve', '--store', store, '--port', '0'], {
      ...cleanEnvironment(),
    });
    const url = await until('the gateway', () => gateway.output().match(/http:\S+\/graphql/)?.[0]);
    const host = new URL(url).host;
    for (const endpoint of [
      host,
      `${host}/graphql`,
      `localhost:${new URL(url).port}`,
      `http://${host}`,
      `${host}/`,
      `http://${host}/graphql/`,
    ]) {
      const { code, stdout, stderr } = await bitql(['query', '{ chain { network } }', '--endpoint', endpoint]);
      expect([endpoint, code, stderr]).toEqual([endpoint, 0, '']);
      expect(JSON.parse(stdout).data).toEqual({ chain: { network: 'btc-mainnet' } });
    }
  });

  it.each([
    'http://127.0.0.1:70000/graphql',
    '127.0.0.1:70000',
    'http://127.0.0.1:abc/',
    ':4000',
    '4716',
    'http://4716/graphql',
    '0x7f.1',
    '127.1:4000',
    'ftp://127.0.0.1',
    'a b',
  ])('%s is not an address', async (endpoint) => {
    const { code, stderr } = await bitql(['watch', '--endpoint', endpoint]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'error --endpoint must be an address such as http://localhost:4000/graphql, with a port up to 65535, and with % / ? # in a password',
    );
  });

  it('a mistake in the address itself is reported without that advice', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const { stderr } = await bitql(['query', '{ chain { lag } }', '--endpoint', `https://127.0.0.1:${port}/graphql`]);
    server.close();
    expect(stderr).toMatch(
      /^error No gateway answers at .*: it does not speak TLS at this port: use .*or another port\. \(BAD_SETTING\)\n$/,
    );
  });
});

it.each(['abc', '70000', '-1', '', '40.5'])('--port %s is not a port', async (port) => {
  for (const command of [['serve'], ['dev'], ['demo'], ['dev', 'mine']]) {
    const { code, stderr } = await bitql([...command, `--port=${port}`]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('error --port must be a port: a whole number from ')]);
  }
});
