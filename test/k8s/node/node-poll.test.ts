import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { NodePoll } from '../../../k8s/operator/node/node-poll.ts';
import type { Observation, SilenceReason } from '../../../k8s/operator/node/observation.ts';
import type { ReconcileContext } from '../../../k8s/operator/runtime/reconciler.ts';
import { BitqlError } from '../../../src/errors.ts';

const HOUR_MS = 3_600_000;
const TARGET = { url: 'http://node:8332', login: { username: 'a', password: 'b' }, references: [], splitDepth: 2 };

/** How often a node is asked in an hour in which it says nothing but this, and the longest time in between. */
async function hourOf(reason: SilenceReason) {
  const poll = new NodePoll(TARGET, 2_000);
  const silence: Observation = { answers: null, silence: { reason, message: '' } };
  const asked: number[] = [];
  let now = 0;
  const context = {
    now: () => now,
    signal: new AbortController().signal,
    outside: async () => {
      asked.push(now);
      return silence;
    },
  } as unknown as ReconcileContext;
  while (now < HOUR_MS) {
    expect(await poll.observe(context)).toBe(silence);
    // Whoever comes in between is told what is known.
    expect(await poll.observe(context)).toBe(silence);
    now += poll.waitMs(now);
  }
  const waits = asked.slice(1).map((at, n) => at - asked[n]!);
  return { poll, count: asked.length, waits, context };
}

it.each<SilenceReason>(['Timeout', 'HostNotFound', 'Refused', 'Unreachable', 'AuthFailed', 'UnexpectedAnswer'])(
  'asks a node ever less often that is silent by %s, down to once a minute',
  async (reason) => {
    const { count, waits } = await hourOf(reason);
    expect(waits[0]).toBeLessThanOrEqual(5_000);
    expect(Math.max(...waits)).toBeGreaterThan(30_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
    expect(count).toBeLessThan(150);
  },
);

it('goes on asking a node that says that it is about to begin', async () => {
  expect(Math.max(...(await hourOf('WarmingUp')).waits)).toBe(5_000);
});

it('asks at once where something has changed', async () => {
  const { poll } = await hourOf('Timeout');
  poll.hurry();
  expect(poll.waitMs(HOUR_MS)).toBe(0);
});

it('is of another node where anything differs that it is asked with', () => {
  const poll = new NodePoll(TARGET, 2_000);
  expect(poll.isOf({ ...TARGET, login: { ...TARGET.login } })).toBe(true);
  const reference = { name: 'other', rpc: null, address: '', problem: 'There is none.' };
  for (const other of [
    { url: 'http://node:8333' },
    { login: { username: 'a', password: 'c' } },
    { splitDepth: 3 },
    { references: [reference] },
  ]) {
    expect(poll.isOf({ ...TARGET, ...other })).toBe(false);
  }
});

/** A node that answers its first call, and keeps the next one waiting. */
async function slowNode() {
  const chain = {
    ...{ chain: 'main', blocks: 1, headers: 1, bestblockhash: 'ab'.repeat(32), mediantime: 1, chainwork: 'ff' },
    ...{ initialblockdownload: false, verificationprogress: 1, pruned: false },
  };
  const { promise: isWaiting, resolve } = Promise.withResolvers<void>();
  let calls = 0;
  const server = createServer((_, response) => {
    if (++calls === 1) response.end(JSON.stringify({ id: 0, error: null, result: chain }));
    else resolve();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, isWaiting, [Symbol.asyncDispose]: close };
}

const contextUntil = (signal: AbortSignal) =>
  ({ now: () => 0, signal, outside: (_: string, ask: () => unknown) => ask() }) as unknown as ReconcileContext;

it('takes a node for silent that does not answer all calls in the time that they have together', async () => {
  await using node = await slowNode();
  const poll = new NodePoll({ ...TARGET, url: node.url }, 2_000, 100);
  const context = contextUntil(new AbortController().signal);
  const { silence } = await poll.observe(context);
  expect(silence?.reason).toBe('Timeout');
  expect(poll.waitMs(0)).toBeGreaterThan(2_000);
  expect(await poll.observe(context)).toMatchObject({ silence });
});

it('takes a node for silent that keeps a reconcile waiting until its end', async () => {
  await using node = await slowNode();
  const poll = new NodePoll({ ...TARGET, url: node.url }, 2_000);
  const stop = new AbortController();
  const reason = new BitqlError('TIMEOUT', 'The reconcile took longer than 1 s.');
  const observed = expect(poll.observe(contextUntil(stop.signal))).rejects.toBe(reason);
  await node.isWaiting;
  stop.abort(reason);
  await observed;
  expect(poll.waitMs(0)).toBeGreaterThan(2_000);
  expect((await poll.observe(contextUntil(stop.signal))).silence?.reason).toBe('Timeout');
});
