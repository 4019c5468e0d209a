/** Pauses, deadlines and signals. Uses nothing of Node, so that clients in browsers can use it. */

/** A pause that has begun. */
export interface Pause {
  /** Resolves when its time is over, at a signal, or at `end`. */
  readonly over: Promise<void>;
  end(): void;
}

/**
 * Milliseconds since 1970, by the clock at the start of this process: setting the clock does not change it. For
 * measuring ages, not for dates.
 */
export function steadyNow(): number {
  return performance.timeOrigin + performance.now();
}

/** @param ms may be infinite: only `end` or a signal ends such a pause */
export function beginPause(ms: number, ...signals: readonly (AbortSignal | undefined)[]): Pause {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const timer = ms < Number.POSITIVE_INFINITY ? setTimeout(end, ms) : undefined;
  for (const signal of signals) signal?.addEventListener('abort', end);
  if (signals.some((signal) => signal?.aborted)) end();
  const over = promise.then(() => {
    clearTimeout(timer);
    for (const signal of signals) signal?.removeEventListener('abort', end);
  });
  return { over, end };
}

/**
 * Waits for a time, or until a signal.
 * @returns whether a signal has come
 */
export async function pause(ms: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<boolean> {
  await beginPause(ms, ...signals).over;
  return signals.some((signal) => signal?.aborted);
}

/** Resolves when the signal comes. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  await pause(Number.POSITIVE_INFINITY, signal);
}

/** Waits for a promise; rejects with the reason of a signal as soon as that comes. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/**
 * Waits for a promise; rejects if it takes longer.
 * @param late makes the error
 */
export async function inTime<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  using deadline = new Deadline(ms, late);
  return await unlessAborted(deadline.signal, work);
}

/** Pauses between attempts, in milliseconds. */
export interface BackoffTimes {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * The pause before the next attempt: twice as long each time, up to the longest. A random part, up to a half, is left
 * out, so that many clients that failed together do not return together.
 * @param failures the number of earlier failures
 */
export function backoffMs({ firstMs, longestMs }: BackoffTimes, failures: number): number {
  const full = Math.min(firstMs * 2 ** Math.min(failures, 30), longestMs);
  return full * (1 - Math.random() / 2);
}

/** A signal that comes some time after another one. It keeps no process running. */
export function laterThan(signal: AbortSignal, ms: number, reason: () => Error): AbortSignal {
  const controller = new AbortController();
  void untilAborted(signal).then(() => {
    setTimeout(() => controller.abort(reason()), ms).unref?.();
  });
  return controller.signal;
}

/** The time that is left for something. */
export type TimeLimit = Pick<Deadline, 'signal' | 'msLeft'>;

/** A signal that comes when the time is over, or with another signal; never after the deadline was ended. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #late: () => Error;
  readonly #outer: AbortSignal | undefined;
  readonly #ms: number;
  #leftMs: number;
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Number of pauses; time runs if it is 0. */
  #pauses = 0;

  /** @param late makes the signal's reason when the time is over */
  constructor(ms: number, late: () => Error, outer?: AbortSignal) {
    this.#ms = ms;
    this.#leftMs = ms;
    this.#late = late;
    this.#outer = outer;
    this.#run();
    outer?.addEventListener('abort', this.#pass);
    if (outer?.aborted) this.#pass();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The remaining time in milliseconds. */
  get msLeft(): number {
    return this.#pauses > 0 ? this.#leftMs : Math.max(0, this.#leftMs - (performance.now() - this.#since));
  }

  /** Starts the time again. */
  extend(): void {
    this.#leftMs = this.#ms;
    if (this.#pauses > 0) return;
    clearTimeout(this.#timer);
    this.#run();
  }

  /**
   * Stops the time until the returned function is called; if there are several pauses, until the last one has ended.
   */
  pause(): () => void {
    this.#halt();
    let isPaused = true;
    return () => {
      if (!isPaused) return;
      isPaused = false;
      if (--this.#pauses === 0) this.#run();
    };
  }

  /** Makes the signal come now, unless the deadline has ended. */
  abort(reason: unknown): void {
    if (this.#pauses === Number.POSITIVE_INFINITY) return;
    this.end();
    this.#controller.abort(reason);
  }

  /** Ends the deadline: its signal comes no more. */
  end(): void {
    this.#halt();
    this.#pauses = Number.POSITIVE_INFINITY;
    this.#outer?.removeEventListener('abort', this.#pass);
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #run(): void {
    this.#since = performance.now();
    this.#timer = setTimeout(() => this.abort(this.#late()), this.#leftMs);
  }

  #halt(): void {
    this.#leftMs = this.msLeft;
    clearTimeout(this.#timer);
    this.#pauses += 1;
  }

  readonly #pass = (): void => this.abort(this.#outer?.reason);
}
