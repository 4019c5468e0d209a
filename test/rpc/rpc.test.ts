import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { BitqlError } from '../../src/errors.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { request } from '../../src/rpc/http.ts';
import { Rpc, type RpcOptions } from '../../src/rpc/rpc.ts';
import { drip, endless } from '../support/endless.ts';
import { FakeNode } from '../support/fake-node.ts';

const rpcAt = (url: string, options?: RpcOptions) => new Rpc(parseNodeAddress(url), options);
const fakeOf = (respond: (response: ServerResponse) => void) => FakeNode.alone(() => ({ respond }));

/** The ways in which a node may keep its caller waiting. */
const MUTE: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['nothing', () => {}],
  ['the head and then nothing', (response) => response.flushHeaders()],
  ['half of it and then nothing', (response) => void response.write('{"result":')],
  ['the head and then a byte now and then', (response) => drip(response)],
];

describe.each(MUTE)('a node that answers with %s', (_, respond) => {
  it('is waited for as long as configured', async () => {
    await using fake = await fakeOf(respond);
    const rpc = rpcAt(fake.url, { timeoutMs: 200 });
    const silent = { code: 'NODE_UNREACHABLE', message: expect.stringContaining('within 0.2 s') };
    await expect(rpc.call('getblockcount')).rejects.toMatchObject(silent);
    await expect(rpc.calls('getblockhash', [[1], [2]])).rejects.toMatchObject(silent);
    await until('the connections to end', () => fake.isIdle);
  });

  it('is waited for until the caller gives up, and then fails as the caller says', async () => {
    await using fake = await fakeOf(respond);
    const reason = new BitqlError('TIMEOUT', 'Too late.');
    for (const own of [true, false]) {
      const caller = new AbortController();
      const rpc = rpcAt(fake.url, own ? {} : { signal: caller.signal });
      const call = rpc.callWith(own ? { signal: caller.signal } : {}, 'getblockcount');
      const failed = expect(call).rejects.toBe(reason);
      await until('the call', () => !fake.isIdle);
      caller.abort(reason);
      await failed;
      await until('the connection to end', () => fake.isIdle);
      await expect(rpc.callWith({ signal: caller.signal }, 'getblockcount')).rejects.toBe(reason);
    }
  });
});

describe('a node whose answer has no end', () => {
  it.each([
    ['', 200, ' '.repeat(65_536)],
    ['as an error', 500, '[[[['.repeat(16_384)],
    ['as a refusal', 401, 'x'.repeat(65_536)],
  ])('is disconnected %s', async (_, status, piece) => {
    await using fake = await fakeOf((response) => endless(response.writeHead(status), piece));
    const tooLong = {
      code: 'NODE_REFUSED',
      message: expect.stringMatching(
        /answers getblockcount with more than 16 KiB, which bitcoind never does. Is it bitcoind/,
      ),
    };
    await expect(rpcAt(fake.url).call('getblockcount')).rejects.toMatchObject(tooLong);
    await until('the connection to end', () => fake.isIdle);
  });

  it('is disconnected within its headers, too', async () => {
    await using fake = await fakeOf((response) => response.writeHead(200, { 'x-more': 'x'.repeat(100_000) }).end());
    await expect(rpcAt(fake.url).call('getblockcount')).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
  });

  it('is not read further if it says that its answer is too long', async () => {
    await using fake = await fakeOf((response) => response.writeHead(200, { 'content-length': 1e9 }).flushHeaders());
    await expect(rpcAt(fake.url).call('getblockcount')).rejects.toMatchObject({ code: 'NODE_REFUSED' });
    await until('the connection to end', () => fake.isIdle);
  });

  it.each(['[],', '{},', '[', '0,'])(
    'is refused without being collected if it is %s again and again',
    async (piece) => {
      await using fake = await fakeOf((response) => response.end(`{"result":[${piece.repeat(4e6)}0]}`));
      await expect(rpcAt(fake.url).call('getrawmempool')).rejects.toMatchObject({
        code: 'NODE_REFUSED',
        message: expect.stringContaining('far too many values'),
      });
    },
  );

  it('may give a reason for a refusal of bounded length', async () => {
    await using fake = await FakeNode.alone(() => ({ error: { code: -1, message: 'x'.repeat(10_000) } }));
    const { message } = (await rpcAt(fake.url)
      .call('getblockcount')
      .catch((error: Error) => error)) as Error;
    expect(message.length).toBeLessThan(700);
  });
});

describe('a node', () => {
  it('is sent no more calls at once than configured', async () => {
    const waiting: ServerResponse[] = [];
    await using fake = await fakeOf((response) => void waiting.push(response));
    const rpc = rpcAt(fake.url, { atOnce: 2 });
    const calls = [rpc.call('getblockcount'), rpc.call('getblockcount')];
    await expect(rpc.call('getblockcount')).rejects.toMatchObject({
      code: 'NODE_UNREACHABLE',
      message: expect.stringContaining('has 2 calls to answer'),
    });
    await until('both', () => waiting.length === 2);
    for (const response of waiting.splice(0)) response.end('{"result":7,"error":null}');
    expect(await Promise.all(calls)).toEqual([7, 7]);
    const next = rpc.call('getblockcount');
    await until('the next', () => waiting.length === 1);
    waiting[0]!.end('{"result":8,"error":null}');
    expect(await next).toBe(8);
  });

  it('that redirects is not followed', async () => {
    await using other = await FakeNode.alone(() => ({ result: 7 }));
    await using fake = await fakeOf((response) => response.writeHead(307, { location: other.url }).end());
    await expect(rpcAt(fake.url).call('getblockcount')).rejects.toMatchObject({ code: 'NODE_REFUSED' });
    expect(other.asked('getblockcount')).toBe(0);
  });

  it('is not considered silent while nobody reads', async () => {
    const piece = Buffer.alloc(1_000_000);
    await using fake = await fakeOf((response) => {
      response.writeHead(200, { 'content-length': 20 * piece.length });
      for (let i = 0; i < 20; i++) response.write(piece);
    });
    const { origin } = new URL(fake.url);
    const answer = await request(new URL(origin), '', { what: 'a block', maxBytes: 1e9, timeoutMs: 2_000 });
    const begun = performance.now();
    await answer.next();
    await until('more time than it has', () => performance.now() - begun > 2_100);
    expect((await answer.bytes()).length).toBeGreaterThan(10 * piece.length);
  });
});

describe('a batch with calls that the node fails to read for', () => {
  const unread = { code: -1, message: 'Fatal LevelDB error: IO error: Too many open files' };

  it('is answered whole, and only these calls are repeated', async () => {
    const asked: unknown[] = [];
    await using fake = await FakeNode.alone(({ params }) => {
      const [height] = params as [number];
      asked.push(height);
      return height === 2 && asked.length < 8 ? { error: unread } : { result: `hash ${height}` };
    });
    const answers = await rpcAt(fake.url).calls('getblockhash', [[1], [2], [3]]);
    expect(answers).toEqual(['hash 1', 'hash 2', 'hash 3']);
    expect(asked).toEqual([1, 2, 3, 2, 2, 2, 2, 2]);
  });

  it('fails in the words of the node after some repetitions, and at once if a repetition could do harm', async () => {
    await using fake = await FakeNode.alone(() => ({ error: unread }));
    const refused = { code: 'NODE_UNREACHABLE', message: expect.stringContaining('Too many open files') };
    await expect(rpcAt(fake.url).call('getblockhash', 1)).rejects.toMatchObject(refused);
    expect(fake.asked('getblockhash')).toBe(6);
    await expect(rpcAt(fake.url).call('sendrawtransaction', '00')).rejects.toMatchObject(refused);
    expect(fake.asked('sendrawtransaction')).toBe(1);
  });
});
