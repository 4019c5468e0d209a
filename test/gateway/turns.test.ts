import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Lane } from '../../src/gateway/limits/lane.ts';
import { Turns } from '../../src/gateway/limits/turns.ts';

const BUSY_MS = 50;
const COUNT = 6;

it('lets requests use the process in turn, for half of the time', async () => {
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

it('lets the caller who has used least recently go first', async () => {
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

it('makes nobody wait while nothing takes long', () => {
  const lane = new Turns().laneOf({});
  expect(lane.goOn()).toBeNull();
  expect(lane.goOn()).toBeNull();
});

/** Keeps the process busy for a while, in short pieces. */
async function busy(lane: Lane, ms: number): Promise<void> {
  const end = performance.now() + ms;
  for (let now = performance.now(); now < end; now = performance.now()) {
    while (performance.now() < now + 5);
    await lane.next();
  }
}

/** Lanes that have recently kept the process busy. */
async function busyLanes(turns: Turns, count: number): Promise<Lane[]> {
  const lanes = Array.from({ length: count }, () => turns.laneOf({}));
  await Promise.all(
    lanes.map(async (lane) => {
      while (lane.isLight) await busy(lane, 20);
    }),
  );
  return lanes;
}

describe('requests', () => {
  it('of busy callers without a key begin a few at a time, those of others at once', async () => {
    const turns = new Turns();
    const lanes = await busyLanes(turns, 6);
    const underWay = new Map(lanes.map((lane) => [lane, 0]));
    const sum = () => [...underWay.values()].reduce((all, one) => all + one, 0);
    let [most, mostOfLane] = [0, 0];
    const first = busy(lanes[0]!, 20);
    const requests = Array.from({ length: 5 }, () => lanes)
      .flat()
      .map(async (lane) => {
        const end = await lane.begin();
        underWay.set(lane, underWay.get(lane)! + 1);
        [most, mostOfLane] = [Math.max(most, sum()), Math.max(mostOfLane, underWay.get(lane)!)];
        await busy(lane, 20);
        underWay.set(lane, underWay.get(lane)! - 1);
        end();
        end();
      });
    await nextTurn();
    (await turns.laneOf({}, { isStranger: false, weight: 1 }).begin())();
    (await turns.laneOf({}).begin())();
    expect(sum()).toBeGreaterThan(0);
    await Promise.all([first, ...requests]);
    expect([most, mostOfLane]).toEqual([8, 2]);
  });

  it('that nobody waits for any more do not begin', async () => {
    const turns = new Turns();
    const [lane] = await busyLanes(turns, 1);
    const over = new AbortController();
    const requests = Array.from({ length: 8 }, async () => {
      const end = await lane!.begin();
      await busy(lane!, 20);
      end();
    });
    await nextTurn();
    const late = lane!.begin(over.signal);
    over.abort(new Error('gone'));
    await expect(late).rejects.toThrow('gone');
    await Promise.all(requests);
    (await lane!.begin())();
  });
});
