import pLimit, { type LimitFunction } from 'p-limit';
import { unlessAborted } from '../../../src/unless-aborted.ts';

/** Calls of one host at once. */
const PER_HOST = 4;

export interface OutsideOptions {
  /** Whether it kept the last caller waiting in vain. */
  readonly wasSilent?: boolean;
  /** Ends the waiting for a place; a call that has one ends itself. */
  readonly signal?: AbortSignal;
}

/**
 * Bounds what is asked at once of nodes and gateways, which others run and which may not answer: in all, of one host, and, with half
 * of the places, of those that did not answer the last time. So none of them takes the places of all others.
 */
export class OutsideCalls {
  readonly #all: LimitFunction;
  readonly #silent: LimitFunction;
  readonly #hosts = new Map<string, LimitFunction>();

  constructor(atOnce: number) {
    this.#all = pLimit(atOnce);
    this.#silent = pLimit(Math.max(1, Math.floor(atOnce / 2)));
  }

  /** @param host with its port */
  async run<T>(host: string, call: () => Promise<T>, options: OutsideOptions = {}): Promise<T> {
    const { wasSilent = false, signal } = options;
    const begin = () => {
      signal?.throwIfAborted();
      return call();
    };
    const limit = this.#hosts.get(host) ?? pLimit(PER_HOST);
    this.#hosts.set(host, limit);
    try {
      const work = limit(() => (wasSilent ? this.#silent(() => this.#all(begin)) : this.#all(begin)));
      return await unlessAborted(signal, work);
    } finally {
      if (limit.activeCount + limit.pendingCount === 0) this.#hosts.delete(host);
    }
  }
}
