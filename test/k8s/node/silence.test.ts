import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../dev/free-port.ts';
import { rpcAt } from '../../../k8s/operator/node/connection.ts';
import { NodeProbe } from '../../../k8s/operator/node/observe.ts';
import type { Reference } from '../../../k8s/operator/node/references.ts';
import { askWithin, silenceOf } from '../../../k8s/operator/node/silence.ts';
import { CallsDeadline } from '../../../k8s/operator/runtime/outside-calls.ts';
import type { Outside } from '../../../k8s/operator/runtime/reconciler.ts';
import { Silences } from '../../../k8s/operator/runtime/silences.ts';
import { BitqlError } from '../../../src/errors.ts';
import { Rpc } from '../../../src/rpc/rpc.ts';

const LOGIN = { username: 'me', password: 'secret' };

async function observe(url: string, signal: AbortSignal, references: readonly Reference[] = []) {
  const outside: Outside = (_, call) => call();
  using patience = new CallsDeadline(60_000, () => new Error('the test takes too long'), signal);
  const silentReferences = new Silences<string>({ firstMs: 1, longestMs: 1 });
  const ask = askWithin(rpcAt(url, LOGIN), patience, outside);
  const probe = new NodeProbe({ references, splitDepth: 2, silentReferences });
  return await probe.observe({ ask, outside, steadyNow: () => 0, signal: patience.signal });
}

describe('a server that is not a node, or a failing node', () => {
  const servers: Server[] = [];

  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function silenceAt(url: string) {
    const { silence } = await observe(url, new AbortController().signal);
    expect(silence!.message).not.toContain(LOGIN.password);
    return silence!;
  }

  const answering = (status: number, body: string) =>
    serve((_, response) => {
      response.writeHead(status).end(body);
    });

  it.each([
    ['WarmingUp', 500, '{"result":null,"error":{"code":-28,"message":"Loading block index..."},"id":0}'],
    ['AuthFailed', 401, ''],
    ['AuthFailed', 403, ''],
    ['UnexpectedAnswer', 200, '<html>Welcome</html>'],
    ['UnexpectedAnswer', 200, '{"result":{"chain":"main"},"error":null,"id":0}'],
    ['UnexpectedAnswer', 200, '{"result":[],"error":null,"id":0}'],
    ['UnexpectedAnswer', 404, 'not found'],
    ['Unreachable', 503, 'Work queue depth exceeded'],
  ])('is reported as %s for HTTP %i', async (reason, status, body) => {
    expect((await silenceAt(await answering(status, body))).reason).toBe(reason);
  });

  it('is reported if nobody listens, or no such host exists', async () => {
    expect((await silenceAt(`http://127.0.0.1:${await freePort()}`)).reason).toBe('Refused');
    expect((await silenceAt('http://nowhere.invalid:8332')).reason).toBe('HostNotFound');
  });

  it('is not waited for once the reconcile has to end', async () => {
    const asked = Promise.withResolvers<void>();
    const url = await serve(() => asked.resolve());
    const references = [{ name: 'other', rpc: rpcAt(url, LOGIN), url, address: url, problem: '' }];
    const stop = new AbortController();
    const reason = new BitqlError('LEASE_LOST', 'The operator is being stopped.');
    const observed = expect(observe(url, stop.signal, references)).rejects.toBe(reason);
    await asked.promise;
    stop.abort(reason);
    await observed;
  });

  it('cannot make the operator wait, or fill its memory', async () => {
    const mute = await serve(() => {});
    const slow = new Rpc({ url: new URL(mute), credentials: LOGIN, cookieFile: '', network: null }, { timeoutMs: 300 });
    expect(silenceOf(await slow.call('uptime').catch((error: unknown) => error)).reason).toBe('Timeout');
    const mebibyte = ' '.repeat(1_024 * 1_024);
    let sent = 0;
    const endless = await serve((_, response) => {
      const go = (): void => {
        if (response.destroyed) return;
        sent++;
        if (response.write(mebibyte)) setImmediate(go);
        else response.once('drain', go);
      };
      go();
    });
    expect((await silenceAt(endless)).reason).toBe('UnexpectedAnswer');
    expect(sent).toBeLessThan(64);
  });
});
