import { LRUCache } from 'lru-cache';
import { type BackoffTimes, backoffMs } from '../../../src/waiting.ts';

/** A peer is left alone for a while. */
export interface RestPeriod<What> {
  /** The last result, which serves as the answer. */
  readonly what: What;
  /** How much longer. */
  readonly ms: number;
}

interface KnownSilence<What> {
  readonly what: What | undefined;
  /** How many times in a row. */
  readonly count: number;
  /** By the steady clock. */
  readonly until: number;
}

const MAX_KNOWN = 10_000;
/** After so many failures in a row, the longest time applies. */
const MANY = 30;

/**
 * Peers that did not answer in time, by address. All callers leave them alone, for longer each time, so the cost of asking does
 * not grow with the number of callers.
 */
export class Silences<What> {
  readonly #times: BackoffTimes;
  readonly #known = new LRUCache<string, KnownSilence<What>>({ max: MAX_KNOWN });

  constructor(times: BackoffTimes) {
    this.#times = times;
  }

  /** Whether it failed to answer the last time. */
  has(address: string): boolean {
    return this.#known.has(address);
  }

  /** @param now by the steady clock. @returns null if it may be asked */
  rest(address: string, now: number): RestPeriod<What> | null {
    const { what, until = 0 } = this.#known.get(address) ?? {};
    return what === undefined || now >= until ? null : { what, ms: until - now };
  }

  /** Notes that it did not answer. Simultaneous callers count as one. @returns how long it is left alone */
  note(address: string, what: What, now: number): number {
    const { count = 0, until = 0 } = this.#known.get(address) ?? {};
    const isKnown = now < until;
    const next = isKnown ? until : now + backoffMs(this.#times, count);
    this.#known.set(address, { what, count: isKnown ? count : count + 1, until: next });
    return next - now;
  }

  /** It was already silent when this process started. */
  expect(address: string): void {
    if (!this.#known.has(address)) this.#known.set(address, { what: undefined, count: MANY, until: 0 });
  }

  /** Notes that it answered. */
  forget(address: string): void {
    this.#known.delete(address);
  }
}
