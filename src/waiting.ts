/** How long things last, and how long they are waited for. Needs nothing of Node, so that clients in browsers can wait as well. */

/** A pause that has begun. */
export interface Pause {
  /** Resolves when its time is over, at a signal, or when it is ended. */
  readonly over: Promise<void>;
  end(): void;
}

/**
 * Milliseconds since 1970 by the clock with which this process began: it does not jump if somebody sets the clock meanwhile.
 * For how long something is kept, not for when it was.
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

/** Waits for a while, or until a signal comes. @returns whether a signal has come */
export async function pause(ms: number, ...signals: readonly (AbortSignal | undefined)[]): Promise<boolean> {
  await beginPause(ms, ...signals).over;
  return signals.some((signal) => signal?.aborted);
}

/** Resolves when the signal comes. */
export async function untilAborted(signal: AbortSignal): Promise<void> {
  await pause(Number.POSITIVE_INFINITY, signal);
}

/** Waits for something; rejects with the reason of a signal as soon as that comes. */
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

/** Waits for something; rejects if it takes longer. @param late what it then rejects with */
export async function inTime<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  using deadline = new Deadline(ms, late);
  return await unlessAborted(deadline.signal, work);
}

/** Waits between attempts, in milliseconds. */
export interface BackoffTimes {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait before the next attempt: twice as long each time, up to the longest, of which a random part of up to a half is
 * left out, so that many who failed together do not come back together.
 * @param failures how many there were before this one
 */
export function backoffMs({ firstMs, longestMs }: BackoffTimes, failures: number): number {
  const full = Math.min(firstMs * 2 ** Math.min(failures, 30), longestMs);
  return full * (1 - Math.random() / 2);
}

/** A signal that comes a while after another one. It keeps no process running. */
export function laterThan(signal: AbortSignal, ms: number, reason: () => Error): AbortSignal {
  const controller = new AbortController();
  void untilAborted(signal).then(() => {
    setTimeout(() => controller.abort(reason()), ms).unref?.();
  });
  return controller.signal;
}

/** How long something is waited for. */
export type TimeLimit = Pick<Deadline, 'signal' | 'msLeft'>;

/** A signal that comes when time has run out, or with another signal; never once the deadline has been ended. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #late: () => Error;
  readonly #outer: AbortSignal | undefined;
  readonly #ms: number;
  #leftMs: number;
  #since = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How often it is paused: time runs where it is not. */
  #pauses = 0;

  /** @param late the signal's reason where the time runs out */
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

  /** In milliseconds. */
  get msLeft(): number {
    return this.#pauses > 0 ? this.#leftMs : Math.max(0, this.#leftMs - (performance.now() - this.#since));
  }

  /** Begins the time anew. */
  extend(): void {
    this.#leftMs = this.#ms;
    if (this.#pauses > 0) return;
    clearTimeout(this.#timer);
    this.#run();
  }

  /** Time does not run until what is returned is called; of several pauses, until the last one has ended. */
  pause(): () => void {
    this.#halt();
    let isPaused = true;
    return () => {
      if (!isPaused) return;
      isPaused = false;
      if (--this.#pauses === 0) this.#run();
    };
  }

  /** The signal comes now, unless the deadline has ended. */
  abort(reason: unknown): void {
    if (this.#pauses === Number.POSITIVE_INFINITY) return;
    this.end();
    this.#controller.abort(reason);
  }

  /** The signal comes no more. */
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
