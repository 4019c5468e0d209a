import pLimit, { type LimitFunction } from 'p-limit';

/** Calls of one host at once. */
const PER_HOST = 4;

export interface OutsideOptions {
  /** Whether it kept the last caller waiting in vain. */
  readonly wasSilent?: boolean;
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
  async run<T>(host: string, call: () => Promise<T>, { wasSilent = false }: OutsideOptions = {}): Promise<T> {
    const limit = this.#hosts.get(host) ?? pLimit(PER_HOST);
    this.#hosts.set(host, limit);
    try {
      return await limit(() => (wasSilent ? this.#silent(() => this.#all(call)) : this.#all(call)));
    } finally {
      // The one that ends still counts.
      if (limit.activeCount + limit.pendingCount === 0) this.#hosts.delete(host);
    }
  }
}
