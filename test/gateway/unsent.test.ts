import { expect, it } from 'vitest';
import { Unsent } from '../../src/gateway/streams/unsent.ts';

const LONG_MS = 60_000;

it('closes the oldest unread answers when too much is unread', async () => {
  const unsent = new Unsent(100);
  const takers: (() => void)[] = [];
  const send = (bytes: number) => unsent.send(bytes, LONG_MS, (taken) => takers.push(taken));
  const [first, second] = [send(60), send(30)];
  const third = send(60);
  expect(await first).toBe(false);
  takers[1]!();
  expect(await second).toBe(true);
  const fourth = send(40);
  for (const taken of takers) taken();
  expect(await Promise.all([third, fourth])).toEqual([true, true]);
});

it('keeps an answer above the limit as long as it is the newest', async () => {
  const unsent = new Unsent(100);
  const large = unsent.send(1_000, LONG_MS, () => {});
  const small = unsent.send(1, LONG_MS, (taken) => taken());
  expect(await Promise.all([large, small])).toEqual([false, true]);
});

it('closes answers that are not read in time', async () => {
  expect(await new Unsent().send(1, 1, () => {})).toBe(false);
});
