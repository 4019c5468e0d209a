import { LRUCache } from 'lru-cache';
import pLimit, { type LimitFunction } from 'p-limit';
import { unlessAborted } from '../../../src/waiting.ts';

/** Calls of one host at once. */
const PER_HOST = 4;
/** Who takes longer to answer, or to fail, waits for the next call with others like it. */
const QUICK_MS = 2_000;
const MAX_KNOWN = 10_000;

/** How soon the last call of a host ended. */
export type HostPace = 'quick' | 'slow';

export interface OutsideOptions {
  /** How the host was before this process asked it, where that is known. */
  readonly before?: HostPace | undefined;
  /** Ends the waiting for a place; a call that has one ends itself. */
  readonly signal?: AbortSignal;
}

interface Host {
  readonly limit: LimitFunction;
  callers: number;
}

/**
 * Bounds what is asked at once of nodes and gateways, which others run and which may not answer: in all, and of one host. Hosts that were
 * slow the last time have half of the places, those and the ones of which nothing is known three quarters: some places are always
 * there for hosts that answer.
 */
export class OutsideCalls {
  readonly #all: LimitFunction;
  readonly #unproven: LimitFunction;
  readonly #slow: LimitFunction;
  readonly #hosts = new Map<string, Host>();
  readonly #paces = new LRUCache<string, HostPace>({ max: MAX_KNOWN });

  constructor(atOnce: number) {
    this.#all = pLimit(atOnce);
    this.#unproven = pLimit(Math.max(1, Math.floor((atOnce * 3) / 4)));
    this.#slow = pLimit(Math.max(1, Math.floor(atOnce / 2)));
  }

  /** How many hosts are asked or waited for. */
  get hosts(): number {
    return this.#hosts.size;
  }

  /** @param host with its port */
  async run<T>(host: string, call: () => Promise<T>, { before, signal }: OutsideOptions = {}): Promise<T> {
    const begin = () => {
      signal?.throwIfAborted();
      return this.#timed(host, call);
    };
    return await unlessAborted(
      signal,
      this.#inTurn(host, () => this.#inLane(host, before, begin)),
    );
  }

  /** What nobody waits for any more keeps its place in the line, until it is its turn to do nothing. */
  async #inTurn<T>(host: string, call: () => Promise<T>): Promise<T> {
    const known = this.#hosts.get(host) ?? { limit: pLimit(PER_HOST), callers: 0 };
    this.#hosts.set(host, known);
    known.callers++;
    try {
      return await known.limit(call);
    } finally {
      if (--known.callers === 0) this.#hosts.delete(host);
    }
  }

  #inLane<T>(host: string, before: HostPace | undefined, call: () => Promise<T>): Promise<T> {
    const pace = this.#paces.get(host) ?? before;
    if (pace === 'quick') return this.#all(call);
    const unproven = () => this.#unproven(() => this.#all(call));
    return pace === 'slow' ? this.#slow(unproven) : unproven();
  }

  async #timed<T>(host: string, call: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await call();
    } finally {
      this.#paces.set(host, performance.now() - begun > QUICK_MS ? 'slow' : 'quick');
    }
  }
}
