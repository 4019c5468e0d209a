import { BitqlError } from '../errors.ts';
import { backoffMs, beginPause, pause } from '../waiting.ts';
import { RPC_CODES, UnreadError } from './codes.ts';
import { isCut, type NodeAnswer, nodeAt } from './http.ts';

/** The most requests at once: as many as bitcoind queues by default (-rpcworkqueue). */
const MOST_AT_ONCE = 64;
/**
 * One more request is allowed after this many answers to each allowed one: a node that takes one at a time refuses
 * every ninth.
 */
const ANSWERS_FOR_ONE_MORE = 8;
const PAUSES = { firstMs: 50, longestMs: 5_000 };
/** How long a request is repeated before its caller gets the error. */
const PATIENCE_MS = 30_000;
/** How often the connection of a request may be cut. Proxies and nodes cut idle connections. */
const MOST_CUTS = 5;
/** How often the node may fail to read what a request needs. */
const MOST_UNREAD = 5;

export interface PaceOptions {
  /** How long a request is repeated before it fails, in milliseconds [30,000]; 0 for no repetition. */
  readonly patienceMs?: number;
}

export interface RetryOptions {
  /** Each ends the wait; the request itself then fails in its own way. */
  readonly signals: readonly AbortSignal[];
  /** Whether a repetition does no harm, for example because the request only reads. */
  readonly isRepeatable: boolean;
}

/**
 * How fast one node gets requests. A request that the node has no room for is repeated after a pause, longer each time,
 * and a few times if the node fails to read what it needs.
 * Each refusal halves the number of requests at once; answers slowly raise it again.
 */
export class Pace {
  readonly #patienceMs: number;
  #most = MOST_AT_ONCE;
  #underWay = 0;
  /** Oldest first. */
  readonly #waiting = new Set<() => void>();
  /** When the number was last lowered. A refusal of an older request says nothing new. */
  #loweredAt = 0;
  /** No request begins before this time, because the node asked for it. */
  #restUntil = 0;

  constructor({ patienceMs = PATIENCE_MS }: PaceOptions = {}) {
    this.#patienceMs = patienceMs;
  }

  /** How many requests are allowed at once now. */
  get atOnce(): number {
    return Math.floor(this.#most);
  }

  /** @throws the last error of the request */
  async run<T>(request: () => Promise<T>, asking: RetryOptions): Promise<T> {
    const end = performance.now() + this.#patienceMs;
    let cuts = 0;
    let unread = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(request, asking);
      } catch (error) {
        if (isCut(error)) cuts += 1;
        if (error instanceof UnreadError) unread += 1;
        if (cuts > MOST_CUTS || unread > MOST_UNREAD || !isWorthAnother(error, asking)) throw error;
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
  return isRepeatable && (isCut(error) || error instanceof UnreadError);
}

function pauseBefore(error: unknown, attempt: number): number {
  const asked = error instanceof NodeBusyError ? error.busy.retryAfterMs : null;
  return Math.max(backoffMs(PAUSES, attempt), asked ?? 0);
}

function isOver(signals: readonly AbortSignal[]): boolean {
  return signals.some(({ aborted }) => aborted);
}

const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;
/** Sent on a connection on which the request did not arrive in time. */
const REQUEST_TIMEOUT = 408;
/**
 * From this status on, a proxy reports that it cannot reach the node, or not in time: the node may have done the work.
 */
const BAD_GATEWAY = 502;
/** bitcoind's queue is full (-rpcworkqueue). It reports this with HTTP 503, or with 500 before Core 0.21. */
const QUEUE_FULL = /work queue depth exceeded/i;
/** Error codes of hosted nodes, beside bitcoind's own codes, which are from -1 to -99. */
const RATE_CODES: ReadonlySet<number> = new Set([
  TOO_MANY_REQUESTS,
  RPC_CODES.LIMIT_EXCEEDED,
  RPC_CODES.RATE_EXCEEDED,
  RPC_CODES.TOO_MANY_REQUESTS,
]);
const RATE_WORDS =
  /rate.?limit|too many requests|(request|compute|capacity|throughput).{0,20}(limit|exceeded)|throttl/i;
/** The most characters of a reason in a message. */
const MAX_REASON = 200;

interface Busy {
  /** How long the node asks to be left alone, in milliseconds; null if it does not say. */
  readonly retryAfterMs: number | null;
  /** Whether it is certain that the node did nothing. */
  readonly isUntouched: boolean;
}

/** The node, or a proxy before it, accepts no more requests now. A repetition may succeed in a moment. */
class NodeBusyError extends BitqlError {
  readonly busy: Busy;

  constructor(message: string, busy: Busy) {
    super('NODE_UNREACHABLE', message);
    this.busy = busy;
  }
}

/**
 * The error for an HTTP answer of a busy node; null for any other answer.
 * @param body its text
 */
export function busyAnswer(origin: string, { status, headers }: NodeAnswer, body: string): NodeBusyError | null {
  const isQueueFull = status >= SERVER_ERROR && QUEUE_FULL.test(body);
  const isRateLimit = status === TOO_MANY_REQUESTS;
  if (!isQueueFull && !isRateLimit && status !== REQUEST_TIMEOUT && status < BAD_GATEWAY) return null;
  const busy = { retryAfterMs: waitIn(headers.get('retry-after')), isUntouched: isQueueFull || isRateLimit };
  const why = `HTTP ${status}${isQueueFull ? ': Work queue depth exceeded' : ''}`;
  return new NodeBusyError(`${nodeAt(origin)} ${complaint(busy, isQueueFull)} (${why}).`, busy);
}

/** The error for a JSON-RPC error of a busy node; null for any other error. */
export function busyError(origin: string, code: unknown, message: string): NodeBusyError | null {
  const isOfNode = typeof code === 'number' && code < 0 && code > -100;
  if (isOfNode || !(RATE_CODES.has(Number(code)) || RATE_WORDS.test(message))) return null;
  const busy = { retryAfterMs: null, isUntouched: true };
  const why = `error ${String(code)}: ${message.slice(0, MAX_REASON)}`;
  return new NodeBusyError(`${nodeAt(origin)} ${complaint(busy, false)} (${why}).`, busy);
}

function complaint({ isUntouched }: Busy, isQueueFull: boolean): string {
  if (isQueueFull) return 'is overloaded: start it with a larger -rpcworkqueue and more -rpcthreads';
  return isUntouched ? 'limits the rate of calls' : 'cannot answer now, perhaps overloaded';
}

/** The time in the header Retry-After, which has seconds or a date, in milliseconds; null without one. */
function waitIn(text: string | null): number | null {
  if (text === null || text.trim() === '') return null;
  const seconds = Number(text);
  const ms = Number.isNaN(seconds) ? Date.parse(text) - Date.now() : seconds * 1_000;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
