import { expect, it } from 'vitest';
import { NodePoll } from '../../../k8s/operator/node/node-poll.ts';
import type { Observation, SilenceReason } from '../../../k8s/operator/node/observation.ts';
import type { ReconcileContext } from '../../../k8s/operator/runtime/reconciler.ts';

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
