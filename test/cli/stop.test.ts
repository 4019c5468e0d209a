import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, bitql, cleanEnvironment, demoFile } from './support.ts';

describe('a command that runs until it is stopped', () => {
  const sandbox = new Sandbox('stop');
  let store: string;

  beforeAll(async () => {
    store = await demoFile(sandbox.folder);
  });

  afterAll(() => sandbox.close());

  const start = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): SandboxProcess =>
    sandbox.start(name, process.execPath, [BITQL, ...args], { ...cleanEnvironment(), ...env });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends well after %s', async (signal) => {
    const serve = start(`serve-${signal}`, ['serve', '--store', store, '--port', '0']);
    await until('the gateway', () => serve.output().includes('/graphql'));
    serve.kill(signal);
    expect(await serve.ended).toBe(0);
    expect(serve.output()).toContain('Stopping');
  });

  it('takes a Ctrl-C that arrives twice, as npm passes it on, for one', async () => {
    const serve = start('twice', ['serve', '--store', store, '--port', '0']);
    await until('the gateway', () => serve.output().includes('/graphql'));
    serve.kill('SIGINT');
    serve.kill('SIGINT');
    expect(await serve.ended).toBe(0);
  });

  it('leaves nothing behind when it is the demo', async () => {
    const demo = start('demo', ['demo', '--port', '0'], { TMPDIR: sandbox.folder });
    await until('the demo', () => demo.output().includes('/graphiql'));
    expect(readdirSync(sandbox.folder).some((name) => name.startsWith('bitql-demo-'))).toBe(true);
    demo.kill('SIGINT');
    expect(await demo.ended).toBe(0);
    expect(readdirSync(sandbox.folder).some((name) => name.startsWith('bitql-demo-'))).toBe(false);
  });

  describe('with a node that hangs', () => {
    let silent: Server;

    beforeAll(async () => {
      // It accepts requests and never answers.
      silent = createServer((socket) => socket.on('error', () => {}).resume());
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    });

    afterAll(() => new Promise((resolve) => silent.close(resolve)));

    it.each(['index', 'up'])(
      'ends well after the first signal if it is "bitql %s", and the node never answers',
      async (name) => {
        const { port } = silent.address() as { port: number };
        const connected = new Promise((resolve) => silent.once('connection', resolve));
        const args = ['--node', `http://user:password@127.0.0.1:${port}`, '--store', `sqlite:first-${name}.db`];
        const running = start(`first-${name}`, [name, ...args, ...(name === 'up' ? ['--port', '0'] : [])]);
        await connected;
        running.kill('SIGTERM');
        await until('its end', () => running.result !== undefined, { timeoutMs: 20_000 });
        expect(running.result).toBe(0);
      },
    );

    it('ends well after the first signal if it is "bitql reindex", too', async () => {
      const { port } = silent.address() as { port: number };
      const connected = new Promise((resolve) => silent.once('connection', resolve));
      const node = ['--node', `http://user:password@127.0.0.1:${port}`];
      const running = start('reindex', ['reindex', '--heights', '357238', ...node, '--store', store]);
      await Promise.race([connected, running.ended]);
      expect(running.output()).not.toContain('error');
      running.kill('SIGTERM');
      await until('its end', () => running.result !== undefined, { timeoutMs: 20_000 });
      expect(running.result).toBe(0);
    });

    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('ends at once after a second %s', async (signal, code) => {
      const { port } = silent.address() as { port: number };
      const connected = new Promise((resolve) => silent.once('connection', resolve));
      const node = `http://user:password@127.0.0.1:${port}`;
      const index = start(`hangs-${signal}`, ['index', '--node', node, '--store', `sqlite:${signal}.db`]);
      await connected;
      await until('its end', () => {
        if (index.result === undefined) index.kill(signal);
        return index.result !== undefined;
      });
      expect(await index.ended).toBe(code);
    });
  });
});

describe('bitql demo --no-serve', () => {
  it('shows three questions with their answers, and ends', async () => {
    const { code, stdout, stderr } = await bitql(['demo', '--no-serve']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('"transactionCount": 369');
    expect(stdout).toContain('{ "utf8": "blkCITE-kjdf7614qasdjfi9184yery81" }');
    expect(stdout).toContain('"fee": 226');
    expect(stdout.match(/^\d\. /gm)).toEqual(['1. ', '2. ', '3. ']);
  });
});
