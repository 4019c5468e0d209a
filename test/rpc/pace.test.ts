import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { BitqlError } from '../../src/errors.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Pace } from '../../src/rpc/pace.ts';
import { Rpc, type RpcOptions } from '../../src/rpc/rpc.ts';
import { type Answer, FakeNode } from '../support/fake-node.ts';

const rpcAt = (url: string, options?: RpcOptions) => new Rpc(parseNodeAddress(url), options);
const json = (status: number, body: unknown): Answer => ({ status, body: JSON.stringify(body) });
const withHeaders = (status: number, headers: Record<string, string>): Answer => ({
  respond: (response) => response.writeHead(status, headers).end('later'),
});
const FULL: Answer = { status: 503, body: 'Work queue depth exceeded' };
const CUT: Answer = { respond: (response: ServerResponse) => void response.destroy() };
const CUT_LATE: Answer = {
  respond: (response) => {
    response.writeHead(200, { 'content-length': 1_000 });
    response.write('{"result":', () => response.destroy());
  },
};

/** The node certainly did nothing. */
const UNTOUCHED: readonly (readonly [string, Answer])[] = [
  ['that its queue is full', FULL],
  ['the same as before Core 0.21', { ...FULL, status: 500 }],
  ['that it is asked too often', { status: 429, body: '' }],
  ['that, and when to come back', withHeaders(429, { 'retry-after': '1' })],
  ['that, and a date', withHeaders(429, { 'retry-after': new Date(Date.now() + 1_000).toUTCString() })],
  ['that in JSON', json(429, { message: 'Too Many Requests' })],
  ['that as an error', json(429, { error: { code: -32_005, message: 'daily request count exceeded' } })],
  ['that as an error without a status', json(200, { error: { code: -32_007, message: '50/second limit reached' } })],
  ['that in words', json(200, { error: { code: -32_000, message: 'Rate limit exceeded, slow down' } })],
];
/** The node may have executed the call. */
const UNCERTAIN: readonly (readonly [string, Answer])[] = [
  ['that its node is away', { status: 502, body: '<h1>Bad Gateway</h1>' }],
  ['that it has no node', { status: 503, body: 'no healthy upstream' }],
  ['that its node took too long', { status: 504, body: '' }],
  ['that something else is wrong', { status: 524, body: '' }],
  ['nothing and goes', CUT],
  ['a part and goes', CUT_LATE],
];

describe.each([...UNTOUCHED, ...UNCERTAIN])('a node that sometimes answers %s', (what, answer) => {
  const isUntouched = UNTOUCHED.some(([one]) => one === what);

  it('is asked again, as often as needed', async () => {
    let asked = 0;
    await using fake = await FakeNode.alone(() => (asked++ % 3 === 2 ? { result: 7 } : answer));
    const rpc = rpcAt(fake.url);
    expect(await rpc.call('getblockcount')).toBe(7);
    expect(await rpc.calls('getblockhash', [[1]])).toEqual([7]);
    expect(fake.asked('getblockcount')).toBe(3);
  });

  it(`is ${isUntouched ? '' : 'not '}sent a transaction again`, async () => {
    let asked = 0;
    await using fake = await FakeNode.alone(() => (asked++ > 0 ? { result: 7 } : answer));
    const sent = rpcAt(fake.url).call('sendrawtransaction', '00');
    if (isUntouched) expect(await sent).toBe(7);
    else await expect(sent).rejects.toMatchObject({ code: 'NODE_UNREACHABLE' });
    expect(fake.asked('sendrawtransaction')).toBe(isUntouched ? 2 : 1);
  });

  it('is reported as unreachable in the end', async () => {
    await using fake = await FakeNode.alone(() => answer);
    const pace = new Pace({ patienceMs: 300 });
    await expect(rpcAt(fake.url, { pace }).call('getblockcount')).rejects.toMatchObject({
      code: 'NODE_UNREACHABLE',
      retryable: true,
    });
  });

  it('delays nobody beyond a deadline', async () => {
    await using fake = await FakeNode.alone(() => answer);
    const deadline = new AbortController();
    const reason = new BitqlError('TIMEOUT', 'Too late.');
    const call = expect(
      rpcAt(fake.url).callWith({ signal: deadline.signal }, 'getblockcount').catch(unlessCut),
    ).rejects.toBe(reason);
    await until('a second try', () => fake.asked('getblockcount') > 1);
    deadline.abort(reason);
    await call;

    /** A connection may be cut too often before the deadline is reached. */
    function unlessCut(error: unknown): never {
      throw answer === CUT || answer === CUT_LATE ? reason : error;
    }
  });
});

describe('a node that takes few calls at once', () => {
  async function nodeFor(most: number) {
    let open = 0;
    let refused = 0;
    let longest = 0;
    const fake = await FakeNode.alone(() => ({
      respond: (response) => {
        longest = Math.max(longest, open + 1);
        if (open === most) {
          refused += 1;
          response.writeHead(503).end('Work queue depth exceeded');
          return;
        }
        open += 1;
        setImmediate(() => {
          open -= 1;
          response.end('{"result":7,"error":null}');
        });
      },
    }));
    const forget = () => {
      const was = { refused, longest };
      refused = 0;
      longest = 0;
      return was;
    };
    return { fake, forget };
  }

  it.each([1, 2, 8])('(%i) answers all of them, and refuses ever fewer', async (most) => {
    const { fake, forget } = await nodeFor(most);
    await using _ = fake;
    const rpc = rpcAt(fake.url);
    const many = () => Promise.all(Array.from({ length: 60 }, () => rpc.call('getblockcount')));
    await until('refusals', async () => {
      expect(await many()).toEqual(Array(60).fill(7));
      return forget().refused > 0;
    });
    for (let round = 0; round < 5; round++) expect(await many()).toEqual(Array(60).fill(7));
    const { refused, longest } = forget();
    expect(refused).toBeLessThan(60);
    expect(longest).toBeLessThanOrEqual(most + 2);
  });

  it('is asked faster again once it accepts more', async () => {
    let isFull = true;
    await using fake = await FakeNode.alone(() => (isFull ? FULL : { result: 7 }));
    const pace = new Pace();
    const rpc = rpcAt(fake.url, { pace });
    const call = rpc.call('getblockcount');
    await until('fewer at once', () => pace.atOnce === 1);
    isFull = false;
    expect(await call).toBe(7);
    await until('more at once', async () => {
      await Promise.all(Array.from({ length: 64 }, () => rpc.call('getblockcount')));
      return pace.atOnce >= 8;
    });
  });
});
