/** A signal that comes with another one, or when time has run out, with the reason given; until it is disposed of. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #reason: () => Error;
  readonly #outer: AbortSignal | undefined;
  readonly #ms: number;
  #leftMs: number;
  #since = performance.now();
  #timer: NodeJS.Timeout;
  /** How often it is paused: time runs where it is not. */
  #pauses = 0;

  /** @param reason what the signal's reason is where the time runs out */
  constructor(ms: number, reason: () => Error, outer?: AbortSignal) {
    this.#ms = ms;
    this.#leftMs = ms;
    this.#reason = reason;
    this.#outer = outer;
    this.#timer = this.#begin();
    if (outer?.aborted) this.#pass();
    else outer?.addEventListener('abort', this.#pass);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Begins the time anew. */
  extend(): void {
    this.#leftMs = this.#ms;
    this.#since = performance.now();
    if (this.#pauses === 0) this.#timer.refresh();
  }

  /** Time does not run until what is returned is called; of several pauses, until the last one has ended. */
  pause(): () => void {
    if (this.#pauses++ === 0) this.#halt();
    let isPaused = true;
    return () => {
      if (!isPaused) return;
      isPaused = false;
      if (--this.#pauses === 0) this.#timer = this.#begin();
    };
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#pauses = Number.POSITIVE_INFINITY;
    this.#outer?.removeEventListener('abort', this.#pass);
  }

  #begin(): NodeJS.Timeout {
    this.#since = performance.now();
    return setTimeout(() => this.#controller.abort(this.#reason()), this.#leftMs);
  }

  #halt(): void {
    clearTimeout(this.#timer);
    this.#leftMs = Math.max(0, this.#leftMs - (performance.now() - this.#since));
  }

  readonly #pass = (): void => this.#controller.abort(this.#outer?.reason);
}

/** The deadline of several calls together. Time runs while at least one is under way, and not while calls wait for their turn. */
export class CallsDeadline extends Deadline {
  #underWay = 0;
  #resume = this.pause();

  /** @param call ends at the signal */
  async during<T>(call: () => Promise<T>): Promise<T> {
    if (this.#underWay++ === 0) this.#resume();
    try {
      return await call();
    } finally {
      if (--this.#underWay === 0) this.#resume = this.pause();
    }
  }
}
