import { LRUCache } from 'lru-cache';
import { type BackoffTimes, backoffMs } from '../../../src/waiting.ts';

/** That somebody is left alone. */
export interface RestPeriod<What> {
  /** What came of asking the last time: it stands for an answer. */
  readonly what: What;
  /** How much longer. */
  readonly ms: number;
}

interface KnownSilence<What> {
  readonly what: What | undefined;
  /** How often in a row. */
  readonly count: number;
  /** By the steady clock. */
  readonly until: number;
}

const MAX_KNOWN = 10_000;
/** So many in a row, and it is left alone for as long as anybody. */
const MANY = 30;

/**
 * Who kept callers waiting in vain, by address: it is left alone, ever longer, by all who would ask it. So what it costs to ask does not
 * grow with how many want to know.
 */
export class Silences<What> {
  readonly #times: BackoffTimes;
  readonly #known = new LRUCache<string, KnownSilence<What>>({ max: MAX_KNOWN });

  constructor(times: BackoffTimes) {
    this.#times = times;
  }

  /** Whether it did not answer the last time. */
  has(address: string): boolean {
    return this.#known.has(address);
  }

  /** @param now by the steady clock. @returns null where it may be asked */
  rest(address: string, now: number): RestPeriod<What> | null {
    const { what, until = 0 } = this.#known.get(address) ?? {};
    return what === undefined || now >= until ? null : { what, ms: until - now };
  }

  /** It did not answer. Those who asked at once count as one. @returns how long it is left alone */
  note(address: string, what: What, now: number): number {
    const { count = 0, until = 0 } = this.#known.get(address) ?? {};
    const isKnown = now < until;
    const next = isKnown ? until : now + backoffMs(this.#times, count);
    this.#known.set(address, { what, count: isKnown ? count : count + 1, until: next });
    return next - now;
  }

  /** It was silent already when this process began. */
  expect(address: string): void {
    if (!this.#known.has(address)) this.#known.set(address, { what: undefined, count: MANY, until: 0 });
  }

  /** It answered. */
  forget(address: string): void {
    this.#known.delete(address);
  }
}
