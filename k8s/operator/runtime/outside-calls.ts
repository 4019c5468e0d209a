import { LRUCache } from 'lru-cache';
import pLimit, { type LimitFunction } from 'p-limit';
import { Deadline, unlessAborted } from '../../../src/waiting.ts';

/** Simultaneous calls to one host. */
const PER_HOST = 4;
/** Hosts that take longer to answer or fail share the places for slow hosts at the next call. */
const QUICK_MS = 2_000;
const MAX_KNOWN = 10_000;

/** How fast the last call to a host ended. */
export type HostPace = 'quick' | 'slow';

export interface OutsideOptions {
  /** How fast the host was before this process called it, if known. */
  readonly before?: HostPace | undefined;
  /** Ends the waiting for a place. A running call has to end itself. */
  readonly signal?: AbortSignal;
}

interface Host {
  readonly limit: LimitFunction;
  callers: number;
}

/**
 * Limits the simultaneous calls to nodes and gateways, which others run and which may not answer: in total, and per host. Hosts
 * that were slow the last time get half of the places; together with unknown ones they get three quarters. So some places are
 * always left for hosts that answer.
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

  /** The number of hosts that are called or waited for. */
  get hosts(): number {
    return this.#hosts.size;
  }

  /** @param host with the port */
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

  /** A call whose caller has given up keeps its place in the queue, and does nothing when its turn comes. */
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

/** The common deadline of several calls. Time passes while at least one is running, but not while calls wait for their turn. */
export class CallsDeadline extends Deadline {
  #underWay = 0;
  #resume = this.pause();

  /** @param call must end at the signal */
  async during<T>(call: () => Promise<T>): Promise<T> {
    if (this.#underWay++ === 0) this.#resume();
    try {
      return await call();
    } finally {
      if (--this.#underWay === 0) this.#resume = this.pause();
    }
  }
}
