import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallsDeadline } from '../../../k8s/operator/runtime/deadline.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const late = () => new Error('late');
const isOver = ({ signal }: { readonly signal: AbortSignal }) => signal.aborted;

it('patience runs out by calls alone, and once for several at a time', async () => {
  using patience = new CallsDeadline(100, late);
  const callOf = async (ms: number) => {
    const ended = patience.during(() => new Promise((resolve) => setTimeout(resolve, ms)));
    await vi.advanceTimersByTimeAsync(ms);
    await ended;
  };
  await vi.advanceTimersByTimeAsync(1_000);
  await callOf(60);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(isOver(patience)).toBe(false);
  const [one, other] = [30, 30].map((ms) => patience.during(() => new Promise((resolve) => setTimeout(resolve, ms))));
  await vi.advanceTimersByTimeAsync(30);
  await Promise.all([one, other]);
  expect(isOver(patience)).toBe(false);
  await callOf(10);
  expect(isOver(patience)).toBe(true);
});
