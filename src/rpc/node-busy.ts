import { BitqlError } from '../errors.ts';
import { RPC_CODES } from './codes.ts';
import { nodeAt } from './http.ts';
import type { NodeAnswer } from './node-answer.ts';

const TOO_MANY_REQUESTS = 429;
const SERVER_ERROR = 500;
/** A connection on which the request did not come in time. */
const REQUEST_TIMEOUT = 408;
/** From here on proxies say that they do not reach the node, or not in time: it may have done what it was asked. */
const BAD_GATEWAY = 502;
/** bitcoind has as many requests waiting as -rpcworkqueue allows. It says so with HTTP 503, and with 500 before Core 0.21. */
const QUEUE_FULL = /work queue depth exceeded/i;
/** What hosted nodes answer a call with, beside bitcoind's own codes, which are from -1 to -99. */
const RATE_CODES: ReadonlySet<number> = new Set([
  TOO_MANY_REQUESTS,
  RPC_CODES.LIMIT_EXCEEDED,
  RPC_CODES.RATE_EXCEEDED,
  RPC_CODES.TOO_MANY_REQUESTS,
]);
const RATE_WORDS =
  /rate.?limit|too many requests|(request|compute|capacity|throughput).{0,20}(limit|exceeded)|throttl/i;
/** A reason is cut off behind so many characters. */
const MAX_REASON = 200;

export interface Busy {
  /** How long it asks to be left alone, in milliseconds; null where it does not say. */
  readonly retryAfterMs: number | null;
  /** Whether it is certain that nothing was done. */
  readonly isUntouched: boolean;
}

/** The node, or a proxy before it, takes no more requests now. The same one may be taken in a moment. */
export class NodeBusyError extends BitqlError {
  readonly busy: Busy;

  constructor(message: string, busy: Busy) {
    super('NODE_UNREACHABLE', message);
    this.busy = busy;
  }
}

/** What an answer of HTTP says of that; null for any other answer. @param body its text */
export function busyAnswer(origin: string, { status, headers }: NodeAnswer, body: string): NodeBusyError | null {
  const isQueueFull = status >= SERVER_ERROR && QUEUE_FULL.test(body);
  const isRateLimit = status === TOO_MANY_REQUESTS;
  if (!isQueueFull && !isRateLimit && status !== REQUEST_TIMEOUT && status < BAD_GATEWAY) return null;
  const busy = { retryAfterMs: waitIn(headers.get('retry-after')), isUntouched: isQueueFull || isRateLimit };
  const why = `HTTP ${status}${isQueueFull ? ': Work queue depth exceeded' : ''}`;
  return new NodeBusyError(`${nodeAt(origin)} ${complaint(busy, isQueueFull)} (${why}).`, busy);
}

/** What an error of JSON-RPC says of that; null for any other. */
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

/** Of the header Retry-After: seconds, or a date. */
function waitIn(text: string | null): number | null {
  if (text === null || text.trim() === '') return null;
  const seconds = Number(text);
  const ms = Number.isNaN(seconds) ? Date.parse(text) - Date.now() : seconds * 1_000;
  return Number.isNaN(ms) ? null : Math.max(0, ms);
}
