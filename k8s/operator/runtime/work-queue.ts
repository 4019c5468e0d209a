import { type BackoffTimes, backoffMs } from '../../../src/waiting.ts';

export interface WorkQueueOptions {
  /** Waits between attempts at a key that fails. */
  readonly backoff: BackoffTimes;
  /** Told of each key that is enqueued and was not. */
  readonly onAdd?: () => void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Keys that wait to be worked on, first come, first served. A key is never worked on twice at once. Adding one that waits changes
 * nothing; one that is worked on comes again behind the others: whoever adds a key can rely on work that begins later.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #active = new Set<string>();
  /** Added while they are worked on. */
  readonly #again = new Set<string>();
  readonly #later = new Map<string, { readonly due: number; readonly timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  /** How many keys that are worked on wait for something outside. */
  #aside = 0;
  #pump: () => void = () => {};

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** How many keys could be worked on now. */
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

  /** Adds it after a while, unless it is worked on before then; of two times, the earlier one counts. */
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
   * Adds it after a while that is longer each time, until it is forgotten.
   * @param leastMs to wait in any case
   * @returns how long it waits, in milliseconds
   */
  retry(key: string, leastMs: number): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const ms = Math.max(backoffMs(this.#options.backoff, failures), leastMs);
    this.addAfter(key, ms);
    return ms;
  }

  /** It no longer fails. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Waits for something while a key is worked on; another key is worked on meanwhile, beside those that may be at once. */
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
   * Works on keys, some at once, until the signal and then until what was begun has ended. What is left stays.
   * @param work does not fail
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
