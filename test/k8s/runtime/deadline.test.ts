import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CallsDeadline, Deadline } from '../../../k8s/operator/runtime/deadline.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const late = () => new Error('late');
const isOver = ({ signal }: { readonly signal: AbortSignal }) => signal.aborted;

it('a deadline comes after its time, and later where it is extended', () => {
  using deadline = new Deadline(100, late);
  vi.advanceTimersByTime(90);
  deadline.extend();
  vi.advanceTimersByTime(99);
  expect(isOver(deadline)).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.reason).toEqual(late());
});

it('a deadline does not come while it is paused, by however many', () => {
  using deadline = new Deadline(100, late);
  vi.advanceTimersByTime(60);
  const [one, other] = [deadline.pause(), deadline.pause()];
  vi.advanceTimersByTime(1_000);
  one();
  one();
  vi.advanceTimersByTime(1_000);
  expect(isOver(deadline)).toBe(false);
  other();
  vi.advanceTimersByTime(39);
  expect(isOver(deadline)).toBe(false);
  vi.advanceTimersByTime(1);
  expect(isOver(deadline)).toBe(true);
});

it('a deadline that is over once it is disposed of does not come, also where a pause ends', () => {
  const deadline = new Deadline(100, late);
  const resume = deadline.pause();
  deadline[Symbol.dispose]();
  resume();
  vi.advanceTimersByTime(1_000);
  expect(isOver(deadline)).toBe(false);
});

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
