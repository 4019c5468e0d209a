import { expect, it } from 'vitest';
import { Reminders } from '../../indexer/patience.ts';

it('a lasting condition is reported at once, again each minute, and again after it was over', () => {
  const reminders = new Reminders();
  const reported = [0, 500, 59_999, 60_000, 60_001, 119_999, 120_000].filter((now) => reminders.isDue('a', now));
  expect(reported).toEqual([0, 60_000, 120_000]);
  expect(reminders.isDue('b', 120_001)).toBe(true);
  expect(reminders.hasReported).toBe(true);
  reminders.clear();
  expect(reminders.hasReported).toBe(false);
  expect(reminders.isDue('a', 120_002)).toBe(true);
});
