import { expect, it } from 'vitest';
import { Turns } from '../../src/gateway/limits/turns.ts';

const BUSY_MS = 50;
const COUNT = 6;

it('lets one after the other keep the process busy, for half of the time', async () => {
  const turns = new Turns();
  const begun = performance.now();
  const order: number[] = [];
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, 1);
  await Promise.all(
    Array.from({ length: COUNT }, async (_, i) => {
      await turns.next();
      order.push(i);
      for (const end = performance.now() + BUSY_MS; performance.now() < end; );
    }),
  );
  clearInterval(ticking);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(performance.now() - begun).toBeGreaterThanOrEqual((2 * COUNT - 1) * BUSY_MS);
  expect(ticks).toBeGreaterThan(COUNT);
});
