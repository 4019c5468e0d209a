import { expect, it, onTestFinished, vi } from 'vitest';
import { CallsDeadline, type HostPace, OutsideCalls } from '../../../k8s/operator/runtime/outside-calls.ts';

/** Calls that end when the test says so. */
class Calls {
  readonly running: string[] = [];
  readonly #ends: (() => void)[] = [];
  readonly #outside: OutsideCalls;

  constructor(atOnce: number) {
    this.#outside = new OutsideCalls(atOnce);
  }

  begin(host: string, before?: HostPace): Promise<void> {
    const call = () => {
      this.running.push(host);
      return new Promise<void>((resolve) => this.#ends.push(resolve));
    };
    return this.#outside.run(host, call, { before });
  }

  /** Including those that begin while they end. */
  async endAll(all: readonly Promise<void>[]): Promise<void> {
    const ended = Promise.all(all).then(() => true);
    const isEnded = async () => {
      for (const end of this.#ends.splice(0)) end();
      expect(await Promise.race([ended, false])).toBe(true);
    };
    await vi.waitFor(isEnded);
  }
}

const count = (running: readonly string[], host: string) => running.filter((of) => of === host).length;

it('makes a few calls to a host at once, and calls others meanwhile', async () => {
  const calls = new Calls(16);
  const all = [...Array(10).fill('one:8332'), 'other:8332'].map((host) => calls.begin(host));
  await vi.waitFor(() => expect(calls.running).toContain('other:8332'));
  expect(count(calls.running, 'one:8332')).toBe(4);
  await calls.endAll(all);
  expect(calls.running).toHaveLength(11);
});

it('reserves half of the places for hosts that were not slow the last time, and a quarter for known hosts', async () => {
  const calls = new Calls(4);
  const slow = Array.from({ length: 12 }, (_, n) => calls.begin(`slow-${n}`, 'slow'));
  await vi.waitFor(() => expect(calls.running).toEqual(['slow-0', 'slow-1']));
  const unknown = ['a', 'b', 'c'].map((host) => calls.begin(host));
  await vi.waitFor(() => expect(calls.running).toEqual(['slow-0', 'slow-1', 'a']));
  const quick = calls.begin('quick', 'quick');
  await vi.waitFor(() => expect(calls.running).toEqual(['slow-0', 'slow-1', 'a', 'quick']));
  await calls.endAll([...slow, ...unknown, quick]);
  expect(calls.running).toHaveLength(16);
});

it('judges a host by the duration of its last call, however it ended', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const outside = new OutsideCalls(4);
    const call = (host: string, ms: number, end: () => void) =>
      outside
        .run(host, async () => {
          vi.advanceTimersByTime(ms);
          end();
        })
        .catch(() => {});
    const fail = () => {
      throw new Error('no answer');
    };
    for (const host of ['mute-1', 'mute-2', 'mute-3']) await call(host, 15_000, fail);
    await call('late', 3_000, () => {});
    await call('refuses', 1, fail);
    await call('answers', 1, () => {});
    const running: string[] = [];
    const ends: (() => void)[] = [];
    const all = ['mute-1', 'mute-2', 'late', 'mute-3', 'refuses', 'answers'].map((host) =>
      outside.run(host, () => {
        running.push(host);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    );
    await vi.waitFor(() => expect(running.toSorted()).toEqual(['answers', 'mute-1', 'mute-2', 'refuses']));
    const ended = Promise.all(all).then(() => true);
    await vi.waitFor(async () => {
      for (const end of ends.splice(0)) end();
      expect(await Promise.race([ended, false])).toBe(true);
    });
  } finally {
    vi.useRealTimers();
  }
});

it('passes on the error of a call, and continues', async () => {
  const outside = new OutsideCalls(1);
  await expect(outside.run('a', () => Promise.reject(new Error('no route')))).rejects.toThrow('no route');
  expect(await outside.run('a', async () => 'here')).toBe('here');
});

it('releases a waiting caller that has to end', async () => {
  const outside = new OutsideCalls(1);
  const first = Promise.withResolvers<string>();
  const answer = outside.run('a', () => first.promise);
  const stop = new AbortController();
  const call = vi.fn(async () => 'late');
  const waiting = outside.run('b', call, { signal: stop.signal });
  stop.abort(new Error('the operator is being stopped'));
  await expect(waiting).rejects.toThrow('the operator is being stopped');
  first.resolve('here');
  expect(await answer).toBe('here');
  expect(await outside.run('b', async () => 'next')).toBe('next');
  expect(call).not.toHaveBeenCalled();
  // It also keeps nothing about any host.
  expect(outside.hosts).toBe(0);
});

const late = () => new Error('late');
const isOver = ({ signal }: { readonly signal: AbortSignal }) => signal.aborted;

it('patience runs out by calls only, and once for several at a time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
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
