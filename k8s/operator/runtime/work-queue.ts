import { type BackoffTimes, backoffMs } from '../../../src/waiting.ts';

interface WorkQueueOptions {
  /** Times between attempts for a key that fails. */
  readonly backoff: BackoffTimes;
  /** Called for each newly queued key. */
  readonly onAdd?: () => void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * A queue of keys, first come, first served. No key is worked on twice at the same time. Adding a queued key changes nothing.
 * Adding a key that is being worked on queues it again, so each addition is followed by work that starts later.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  /** Keys that were added while they are worked on. */
  readonly #again = new Set<string>();
  readonly #later = new Map<string, { readonly due: number; readonly timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  /** The number of keys in work that wait for something outside. */
  #aside = 0;
  #pump: () => void = () => {};

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** The number of keys that are ready to be worked on. */
  get depth(): number {
    return this.#waiting.size + this.#again.size;
  }

  add(key: string): void {
    const queue = this.#active.has(key) ? this.#again : this.#waiting;
    if (queue.has(key)) return;
    queue.add(key);
    this.#options.onAdd?.();
    this.#pump();
  }

  /** Adds it after a while, unless work on it starts before. The earlier of two times counts. */
  addAfter(key: string, ms: number): void {
    const due = performance.now() + ms;
    const earlier = this.#later.get(key);
    if (earlier !== undefined && earlier.due <= due) return;
    this.#cancel(key);
    const timer = setTimeout(
      () => {
        this.#later.delete(key);
        this.add(key);
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    this.#later.set(key, { due, timer });
  }

  /**
   * Adds it after a while that grows until the key is forgotten.
   * @param leastMs the minimum time to wait
   * @returns how long it waits, in milliseconds
   */
  retry(key: string, leastMs: number): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const ms = Math.max(backoffMs(this.#options.backoff, failures), leastMs);
    this.addAfter(key, ms);
    return ms;
  }

  /** Resets the failures of a key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Waits for something during the work on a key. Meanwhile another key may be worked on in its place. */
  async aside<T>(wait: () => Promise<T>): Promise<T> {
    this.#aside++;
    this.#pump();
    try {
      return await wait();
    } finally {
      this.#aside--;
    }
  }

  /**
   * Works on keys until the signal, then until all work in progress has ended. The remaining keys stay queued.
   * @param work must not fail
   */
  run(concurrency: number, work: (key: string) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const finish = (): void => {
      this.#pump = () => {};
      for (const key of this.#later.keys()) this.#cancel(key);
      if (this.#active.size === 0) resolve();
    };
    this.#pump = () => {
      while (this.#active.size - this.#aside < concurrency) {
        const [key] = this.#waiting;
        if (key === undefined) return;
        this.#begin(key);
        void work(key).finally(() => {
          this.#end(key);
          if (signal.aborted) finish();
          else this.#pump();
        });
      }
    };
    if (signal.aborted) finish();
    else {
      signal.addEventListener('abort', finish, { once: true });
      this.#pump();
    }
    return promise;
  }

  #begin(key: string): void {
    this.#waiting.delete(key);
    this.#cancel(key);
    this.#active.add(key);
  }

  #end(key: string): void {
    this.#active.delete(key);
    if (this.#again.delete(key)) this.#waiting.add(key);
  }

  #cancel(key: string): void {
    clearTimeout(this.#later.get(key)?.timer);
    this.#later.delete(key);
  }
}
