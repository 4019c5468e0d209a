import { backoffMs, beginPause, pause } from '../waiting.ts';
import { isCut } from './http.ts';
import { NodeBusyError } from './node-busy.ts';

/** Requests that are under way at once at the most: as many as bitcoind lets wait by itself (-rpcworkqueue). */
const MOST_AT_ONCE = 64;
/** One more may be under way after so many answers to each that may be: a node that takes one at a time refuses every ninth. */
const ANSWERS_FOR_ONE_MORE = 8;
const PAUSES = { firstMs: 50, longestMs: 5_000 };
/** How long one request is made again and again before whoever asked is told. */
const PATIENCE_MS = 30_000;
/** How often a connection may be cut that a request is made over. Proxies and nodes cut those that were idle. */
const MOST_CUTS = 5;

export interface PaceOptions {
  /** How long one request is made again before it fails, in milliseconds [30,000]; 0: it is not. */
  readonly patienceMs?: number;
}

export interface RetryOptions {
  /** Each ends the waiting; the request itself then fails as it does. */
  readonly signals: readonly AbortSignal[];
  /** Whether it does no harm to do it twice, as where it only reads. */
  readonly isRepeatable: boolean;
}

/**
 * How fast one node is asked. A request that it has no room for is made again after a moment, longer each time, and with
 * fewer at once: half as many where it refuses one, and slowly more again as it answers.
 */
export class Pace {
  readonly #patienceMs: number;
  #most = MOST_AT_ONCE;
  #underWay = 0;
  /** Oldest first. */
  readonly #waiting = new Set<() => void>();
  /** When the number was last lowered: what was begun before tells nothing new. */
  #loweredAt = 0;
  /** Until when nothing is begun, as the node has asked for. */
  #restUntil = 0;

  constructor({ patienceMs = PATIENCE_MS }: PaceOptions = {}) {
    this.#patienceMs = patienceMs;
  }

  /** How many requests may be under way at once now. */
  get atOnce(): number {
    return Math.floor(this.#most);
  }

  /** @throws what the request fails with, at last */
  async run<T>(request: () => Promise<T>, asking: RetryOptions): Promise<T> {
    const end = performance.now() + this.#patienceMs;
    let cuts = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(request, asking);
      } catch (error) {
        if (isCut(error)) cuts += 1;
        if (cuts > MOST_CUTS || !isWorthAnother(error, asking)) throw error;
        const pauseMs = pauseBefore(error, attempt);
        if (performance.now() + pauseMs > end) throw error;
        await pause(pauseMs, ...asking.signals);
      }
    }
  }

  async #once<T>(request: () => Promise<T>, { signals }: RetryOptions): Promise<T> {
    const restMs = this.#restUntil - performance.now();
    if (restMs > 0) await pause(restMs, ...signals);
    while (this.#underWay >= this.atOnce && !isOver(signals)) await this.#turn(signals);
    this.#underWay += 1;
    const began = performance.now();
    try {
      const result = await request();
      this.#most = Math.min(MOST_AT_ONCE, this.#most + 1 / (ANSWERS_FOR_ONE_MORE * this.#most));
      return result;
    } catch (error) {
      if (error instanceof NodeBusyError) this.#slowDown(error, began);
      throw error;
    } finally {
      this.#underWay -= 1;
      this.#wakeWaiting();
    }
  }

  #slowDown({ busy }: NodeBusyError, began: number): void {
    const now = performance.now();
    const restMs = Math.min(busy.retryAfterMs ?? 0, this.#patienceMs);
    this.#restUntil = Math.max(this.#restUntil, now + restMs);
    if (began < this.#loweredAt) return;
    this.#loweredAt = now;
    this.#most = Math.max(1, Math.min(this.#most, this.#underWay) / 2);
  }

  async #turn(signals: readonly AbortSignal[]): Promise<void> {
    const { over, end } = beginPause(Number.POSITIVE_INFINITY, ...signals);
    this.#waiting.add(end);
    await over;
    this.#waiting.delete(end);
  }

  #wakeWaiting(): void {
    let room = this.atOnce - this.#underWay;
    for (const wake of this.#waiting) {
      if (room <= 0) return;
      this.#waiting.delete(wake);
      wake();
      room -= 1;
    }
  }
}

function isWorthAnother(error: unknown, { signals, isRepeatable }: RetryOptions): boolean {
  if (isOver(signals)) return false;
  if (error instanceof NodeBusyError) return isRepeatable || error.busy.isUntouched;
  return isRepeatable && isCut(error);
}

function pauseBefore(error: unknown, attempt: number): number {
  const asked = error instanceof NodeBusyError ? error.busy.retryAfterMs : null;
  return Math.max(backoffMs(PAUSES, attempt), asked ?? 0);
}

function isOver(signals: readonly AbortSignal[]): boolean {
  return signals.some(({ aborted }) => aborted);
}
