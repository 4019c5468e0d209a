import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { beginPause, Deadline, inTime, laterThan, pause, unlessAborted, untilAborted } from '../src/waiting.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

const late = () => new Error('late');
const isOver = ({ signal }: { readonly signal: AbortSignal }) => signal.aborted;
const never = () => new Promise<never>(() => {});
const listeners = ({ signal }: AbortController) => getEventListeners(signal, 'abort').length;

describe('a pause', () => {
  it('ends after its time, and leaves no listener at its signals', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const ended = pause(100, one.signal, undefined, other.signal);
    expect([listeners(one), listeners(other)]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(100);
    expect(await ended).toBe(false);
    expect([listeners(one), listeners(other)]).toEqual([0, 0]);
  });

  it('ends at any of its signals, even one that came before', async () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const ended = pause(100, one.signal, other.signal);
    other.abort();
    expect(await ended).toBe(true);
    expect(listeners(one)).toBe(0);
    expect(await pause(100, other.signal)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be ended early, and needs no other signal', async () => {
    const { over, end } = beginPause(Number.POSITIVE_INFINITY);
    expect(vi.getTimerCount()).toBe(0);
    end();
    await over;
  });
});

it('an awaited value arrives, unless the signal comes first', async () => {
  const stop = new AbortController();
  expect(await unlessAborted(stop.signal, Promise.resolve(7))).toBe(7);
  const waiting = unlessAborted(stop.signal, never());
  stop.abort(late());
  await expect(waiting).rejects.toThrow('late');
  await expect(unlessAborted(stop.signal, never())).rejects.toThrow('late');
  await untilAborted(stop.signal);
  expect(listeners(stop)).toBe(0);
});

it('an awaited value arrives in time, or the given substitute does', async () => {
  expect(await inTime(Promise.resolve(7), 100, late)).toBe(7);
  await expect(inTime(Promise.reject(new Error('own')), 100, late)).rejects.toThrow('own');
  expect(vi.getTimerCount()).toBe(0);
  const waiting = expect(inTime(never(), 100, late)).rejects.toThrow('late');
  await vi.advanceTimersByTimeAsync(100);
  await waiting;
});

it('a later signal comes a while after the one that it follows', async () => {
  const stop = new AbortController();
  const signal = laterThan(stop.signal, 100, late);
  await vi.advanceTimersByTimeAsync(1_000);
  stop.abort();
  await vi.advanceTimersByTimeAsync(99);
  expect(signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(signal.reason).toEqual(late());
});

it('a deadline comes after its time, and later if it is extended', () => {
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

it('a deadline that is disposed of does not come, even when a pause ends', () => {
  const deadline = new Deadline(100, late);
  const resume = deadline.pause();
  deadline[Symbol.dispose]();
  resume();
  vi.advanceTimersByTime(1_000);
  expect(isOver(deadline)).toBe(false);
});

it('a deadline comes with another signal, and leaves no listener there', () => {
  const outer = new AbortController();
  const ended = new Deadline(100, late, outer.signal);
  ended.end();
  using deadline = new Deadline(100, late, outer.signal);
  outer.abort(new Error('outer'));
  expect([isOver(ended), deadline.signal.reason]).toEqual([false, new Error('outer')]);
  expect([listeners(outer), vi.getTimerCount()]).toEqual([0, 0]);
});

it('a deadline says how much time is left, and can be ended early', () => {
  using deadline = new Deadline(100, late);
  vi.advanceTimersByTime(30);
  expect(deadline.msLeft).toBe(70);
  const resume = deadline.pause();
  vi.advanceTimersByTime(30);
  expect(deadline.msLeft).toBe(70);
  resume();
  deadline.abort(new Error('gone'));
  deadline.abort(late());
  expect(deadline.signal.reason).toEqual(new Error('gone'));
});
