/** What a long answer must keep up at least: slower than that, it only seems to go on. */
const SLOWEST_BYTES_PER_MS = 64;

/**
 * Ends a call when the node has kept us waiting for too long, or at a signal of the caller. Only time that is spent waiting
 * for the node counts: a large block is read as slowly as it is indexed. (Not `AbortSignal.any`, and `AbortSignal.timeout`:
 * what waits for a signal that lives as long as the process has to be taken off it.)
 */
export class CallClock implements Disposable {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #outer: readonly AbortSignal[];
  /** Milliseconds of waiting that are left. */
  #left: number;

  /** @param timeoutMs the longest wait, at once and in all, unless time is earned */
  constructor(timeoutMs: number, outer: readonly AbortSignal[] = []) {
    this.#timeoutMs = timeoutMs;
    this.#left = timeoutMs;
    this.#outer = outer;
    for (const signal of outer) signal.addEventListener('abort', this.#pass);
    if (outer.some(({ aborted }) => aborted)) this.#pass();
  }

  /** Aborts with the reason of the caller, or a TimeoutError. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Passes on what the node is waited for, with the time running. */
  async wait<T>(coming: Promise<T>): Promise<T> {
    const began = performance.now();
    const timer = setTimeout(() => this.#expire(), Math.min(this.#left, this.#timeoutMs));
    try {
      return await coming;
    } finally {
      clearTimeout(timer);
      this.#left -= performance.now() - began;
    }
  }

  /** What has come may have taken its time. */
  earn(bytes: number): void {
    this.#left += bytes / SLOWEST_BYTES_PER_MS;
  }

  [Symbol.dispose](): void {
    for (const signal of this.#outer) signal.removeEventListener('abort', this.#pass);
  }

  #expire(): void {
    const seconds = this.#timeoutMs / 1_000;
    this.#controller.abort(new DOMException(`it did not answer within ${seconds} s`, 'TimeoutError'));
  }

  readonly #pass = (): void => this.#controller.abort(this.#outer.find(({ aborted }) => aborted)?.reason);
}
