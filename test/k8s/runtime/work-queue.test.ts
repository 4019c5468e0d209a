import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WorkQueue } from '../../../k8s/operator/runtime/work-queue.ts';
import { amount } from '../../support/amount.ts';

const RUNS = amount({ usual: 200, long: 2_000 });
const KEYS = ['a', 'b', 'c', 'd', 'e'];
const backoff = { firstMs: 100, longestMs: 1_000 };

/** The events, in order. */
interface Happened {
  readonly what: 'add' | 'begin' | 'end';
  readonly key: string;
  readonly at: number;
}

/** A queue whose work takes a set time, on its own clock. */
class Workshop {
  readonly queue = new WorkQueue({ backoff });
  readonly log: Happened[] = [];
  readonly active = new Set<string>();
  readonly stop = new AbortController();
  isDrained = false;
  mostAtOnce = 0;

  constructor(concurrency: number, takesMs: (key: string) => number, after: (key: string) => void = () => {}) {
    const work = async (key: string) => {
      expect(this.active.has(key), `${key} twice at once`).toBe(false);
      this.active.add(key);
      this.mostAtOnce = Math.max(this.mostAtOnce, this.active.size);
      this.#note('begin', key);
      await new Promise((resolve) => setTimeout(resolve, takesMs(key)));
      after(key);
      this.#note('end', key);
      this.active.delete(key);
    };
    void this.queue.run(concurrency, work, this.stop.signal).then(() => {
      this.isDrained = true;
    });
  }

  add(key: string): void {
    this.#note('add', key);
    this.queue.add(key);
  }

  begun(key?: string): Happened[] {
    return this.log.filter((entry) => entry.what === 'begin' && (key === undefined || entry.key === key));
  }

  #note(what: Happened['what'], key: string): void {
    this.log.push({ what, key, at: performance.now() });
  }
}

describe('a work queue', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const turn = fc.record({
    key: fc.constantFrom(...KEYS),
    waitMs: fc.nat(30),
    laterMs: fc.option(fc.nat(200)),
    takesMs: fc.nat(50),
  });

  it('works on other keys while one waits for a call', async () => {
    const queue = new WorkQueue({ backoff });
    const outside = Promise.withResolvers<void>();
    const done: string[] = [];
    const work = async (key: string) => {
      if (key.startsWith('silent')) await queue.aside(() => outside.promise);
      done.push(key);
    };
    const stop = new AbortController();
    const drained = queue.run(1, work, stop.signal);
    for (const key of ['silent', 'silent too', 'a', 'b']) queue.add(key);
    // A key is added while it is worked on, so it comes again after that.
    queue.add('silent');
    await vi.waitFor(() => expect(done).toEqual(['a', 'b']));
    outside.resolve();
    await vi.waitFor(() => expect(done).toEqual(['a', 'b', 'silent', 'silent too', 'silent']));
    stop.abort();
    await drained;
  });

  it('never works on a key twice at once, and loses nothing', async () => {
    const property = fc.asyncProperty(
      fc.array(turn, { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      async (turns, concurrency) => {
        const durations = turns.map(({ takesMs }) => takesMs);
        const shop = new Workshop(concurrency, () => durations.pop() ?? 0);
        const due: { readonly key: string; readonly asked: number; readonly at: number }[] = [];
        for (const { key, waitMs, laterMs } of turns) {
          await vi.advanceTimersByTimeAsync(waitMs);
          if (laterMs === null) shop.add(key);
          else {
            due.push({ key, asked: performance.now(), at: performance.now() + laterMs });
            shop.queue.addAfter(key, laterMs);
          }
        }
        await vi.advanceTimersByTimeAsync(60_000);
        expect(shop.queue.depth).toBe(0);
        expect(shop.active.size).toBe(0);
        expect(shop.mostAtOnce).toBeLessThanOrEqual(concurrency);
        for (const [n, { what, key }] of shop.log.entries()) {
          // Work that begins later sees the state when the key was added.
          if (what === 'add')
            expect(shop.log.slice(n).some((later) => later.what === 'begin' && later.key === key)).toBe(true);
        }
        for (const { key, asked } of due) expect(shop.begun(key).some(({ at }) => at >= asked)).toBe(true);
        shop.stop.abort();
        await vi.advanceTimersByTimeAsync(0);
        expect(shop.isDrained).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: RUNS });
  });

  it('coalesces additions while a key waits, and once more those during the work', async () => {
    const shop = new Workshop(1, () => 10);
    for (let n = 0; n < 100; n++) shop.add('a');
    await vi.advanceTimersByTimeAsync(5);
    for (let n = 0; n < 100; n++) shop.add('a');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(shop.begun('a')).toHaveLength(2);
  });

  it('is fair: a key that is added all the time does not delay others', async () => {
    const shop = new Workshop(1, () => 10);
    for (const key of KEYS) shop.add(key);
    for (let n = 0; n < 20; n++) {
      shop.add('a');
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(
      shop
        .begun()
        .slice(0, 6)
        .map(({ key }) => key),
    ).toEqual(['a', 'b', 'c', 'd', 'e', 'a']);
  });

  it('waits longer each time a key fails, with some jitter, until it is forgotten', async () => {
    const shop = new Workshop(1, () => 0);
    const waits = Array.from({ length: 6 }, () => shop.queue.retry('a', 0));
    for (const [n, full] of [100, 200, 400, 800, 1_000, 1_000].entries()) {
      expect(waits[n]).toBeGreaterThan(full / 2 - 1);
      expect(waits[n]).toBeLessThanOrEqual(full);
    }
    shop.queue.forget('a');
    expect(shop.queue.retry('a', 0)).toBeLessThanOrEqual(100);
    expect(shop.queue.retry('b', 5_000)).toBe(5_000);
  });

  it('uses the earlier of two times, and drops it once the work begins', async () => {
    const shop = new Workshop(1, () => 0);
    const start = performance.now();
    shop.queue.addAfter('a', 500);
    shop.queue.addAfter('a', 100);
    shop.queue.addAfter('a', 900);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(shop.begun('a').map(({ at }) => Math.round(at - start))).toEqual([100]);
    shop.queue.addAfter('a', 100);
    shop.add('a');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(shop.begun('a')).toHaveLength(2);
  });

  it('finishes running work when it is stopped, and starts none', async () => {
    const shop = new Workshop(
      2,
      () => 100,
      (key) => shop.queue.retry(key, 0),
    );
    for (const key of KEYS) shop.add(key);
    shop.queue.addAfter('late', 150);
    await vi.advanceTimersByTimeAsync(50);
    shop.stop.abort();
    shop.add('f');
    await vi.advanceTimersByTimeAsync(49);
    expect(shop.isDrained).toBe(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(shop.isDrained).toBe(true);
    expect(shop.begun().map(({ key }) => key)).toEqual(['a', 'b']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
