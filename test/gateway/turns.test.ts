import { expect, it } from 'vitest';
import { Turns } from '../../src/gateway/limits/turns.ts';

const BUSY_MS = 50;
const COUNT = 6;

it('lets one after the other keep the process busy, for half of the time', async () => {
  const lane = new Turns().laneOf({});
  const begun = performance.now();
  const order: number[] = [];
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, 1);
  await Promise.all(
    Array.from({ length: COUNT }, async (_, i) => {
      await lane.next();
      order.push(i);
      for (const end = performance.now() + BUSY_MS; performance.now() < end; );
    }),
  );
  clearInterval(ticking);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(performance.now() - begun).toBeGreaterThanOrEqual((2 * COUNT - 1) * BUSY_MS);
  expect(ticks).toBeGreaterThan(COUNT);
});

it('lets whoever has taken least of late go first', async () => {
  const turns = new Turns();
  const [greedy, modest] = [turns.laneOf({}), turns.laneOf({})];
  const order: string[] = [];
  const work = async (name: string, lane: typeof greedy) => {
    await lane.next();
    order.push(name);
    for (const end = performance.now() + 20; performance.now() < end; );
  };
  const first = Array.from({ length: 5 }, () => work('greedy', greedy));
  await first[1];
  await Promise.all([...first, work('modest', modest)]);
  expect(order.indexOf('modest')).toBeLessThan(4);
  expect(order).toHaveLength(6);
});

it('asks for nothing while nothing takes long', () => {
  const lane = new Turns().laneOf({});
  expect(lane.goOn()).toBeNull();
  expect(lane.goOn()).toBeNull();
});
