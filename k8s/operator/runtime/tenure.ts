import { BitqlError } from '../../../src/errors.ts';

/** The time during which this process may write. */
export interface Tenure {
  /** Aborted with a LEASE_LOST when it is over. */
  readonly signal: AbortSignal;
  /** Throws the reason of the signal, even before it is aborted: the timers of a process that was paused run late. */
  assertHeld(): void;
}

/** A tenure until the signal, for an operator without election. */
export function tenureUntil(signal: AbortSignal): Tenure {
  return { signal, assertHeld: () => signal.throwIfAborted() };
}

/** A tenure that ends when it was not renewed for too long. */
export class RenewedTenure implements Tenure, Disposable {
  readonly #controller = new AbortController();
  readonly #deadlineMs: number;
  #renewedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param at when the lease was requested, by `performance.now()` */
  constructor(deadlineMs: number, at: number) {
    this.#deadlineMs = deadlineMs;
    this.renewed(at);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  assertHeld(): void {
    if (performance.now() - this.#renewedAt > this.#deadlineMs) this.end();
    this.signal.throwIfAborted();
  }

  /** @param at when the renewal was requested */
  renewed(at: number): void {
    this.#renewedAt = at;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), this.#deadlineMs - (performance.now() - at));
  }

  end(): void {
    this.#controller.abort(new BitqlError('LEASE_LOST', 'Another operator may be leading now: this one stops.'));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
