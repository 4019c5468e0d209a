import { expect, it } from 'vitest';
import { Reminders } from '../../indexer/reminders.ts';

it('what lasts is told at once and again each minute, and anew when it was over', () => {
  const reminders = new Reminders();
  const told = [0, 500, 59_999, 60_000, 60_001, 119_999, 120_000].filter((now) => reminders.isDue('a', now));
  expect(told).toEqual([0, 60_000, 120_000]);
  expect(reminders.isDue('b', 120_001)).toBe(true);
  expect(reminders.hasTold).toBe(true);
  reminders.clear();
  expect(reminders.hasTold).toBe(false);
  expect(reminders.isDue('a', 120_002)).toBe(true);
});
