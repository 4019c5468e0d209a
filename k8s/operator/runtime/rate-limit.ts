import { pause } from '../../../src/waiting.ts';

/** Seconds for which a caller that was quiet may be as loud as it likes. */
const BURST_SECONDS = 2;

/** Lets callers go on so many times a second, in the order in which they came. */
export class RateLimit {
  readonly #intervalMs: number;
  readonly #burstMs = BURST_SECONDS * 1_000;
  /** When the last turn would have been, had all come evenly; by `performance.now()`. */
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(perSecond: number) {
    this.#intervalMs = 1_000 / perSecond;
  }

  /** Resolves when it is the caller's turn, or at the signal. */
  async turn(signal?: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#lastAt = Math.max(this.#lastAt + this.#intervalMs, now - this.#burstMs);
    if (this.#lastAt > now) await pause(this.#lastAt - now, signal);
  }
}
