import { expect, it, vi } from 'vitest';
import { OutsideCalls } from '../../../k8s/operator/runtime/outside-calls.ts';

/** Calls that end when the test says so. */
class Calls {
  readonly running: string[] = [];
  readonly #ends: (() => void)[] = [];
  readonly #outside: OutsideCalls;

  constructor(atOnce: number) {
    this.#outside = new OutsideCalls(atOnce);
  }

  begin(host: string, wasSilent = false): Promise<void> {
    const call = () => {
      this.running.push(host);
      return new Promise<void>((resolve) => this.#ends.push(resolve));
    };
    return this.#outside.run(host, call, { wasSilent });
  }

  /** Those that are begun while they end included. */
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

it('asks a host for a few things at once, and others meanwhile', async () => {
  const calls = new Calls(16);
  const all = [...Array(10).fill('one:8332'), 'other:8332'].map((host) => calls.begin(host));
  await vi.waitFor(() => expect(calls.running).toContain('other:8332'));
  expect(count(calls.running, 'one:8332')).toBe(4);
  await calls.endAll(all);
  expect(calls.running).toHaveLength(11);
});

it('keeps half of the places from those that did not answer the last time', async () => {
  const calls = new Calls(4);
  const silent = Array.from({ length: 12 }, (_, n) => calls.begin(`silent-${n}`, true));
  await vi.waitFor(() => expect(calls.running).toEqual(['silent-0', 'silent-1']));
  const others = ['a', 'b', 'c'].map((host) => calls.begin(host));
  await vi.waitFor(() => expect(calls.running).toEqual(['silent-0', 'silent-1', 'a', 'b']));
  await calls.endAll([...silent, ...others]);
  expect(calls.running).toHaveLength(15);
});

it('passes on what a call fails with, and goes on', async () => {
  const outside = new OutsideCalls(1);
  await expect(outside.run('a', () => Promise.reject(new Error('no route')))).rejects.toThrow('no route');
  expect(await outside.run('a', async () => 'here')).toBe('here');
});

it('lets go of who waits in line and has to end', async () => {
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
});
