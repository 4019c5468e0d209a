import { expect, it } from 'vitest';
import { RateLimit } from '../../../k8s/operator/runtime/rate-limit.ts';

const PER_SECOND = 100;
/** What may come at once, after two quiet seconds. */
const BURST = 200;

it('lets as many through as it says, in their order', async () => {
  const rate = new RateLimit(PER_SECOND);
  const order: number[] = [];
  const begun = performance.now();
  const turns = Array.from({ length: BURST + 50 }, (_, n) => rate.turn().then(() => order.push(n)));
  await Promise.all(turns);
  // Timers come late, and never early.
  expect(performance.now() - begun).toBeGreaterThanOrEqual((50 * 1_000) / PER_SECOND - 20);
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order).toHaveLength(BURST + 50);
});

it('does not keep a caller that has to end', async () => {
  const rate = new RateLimit(0.001);
  const stop = new AbortController();
  const waiting = rate.turn(stop.signal).then(() => rate.turn(stop.signal));
  stop.abort();
  await waiting;
});
