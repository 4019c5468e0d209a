import type { Logger } from 'pino';
import { pause } from '../../waiting.ts';
import type { OpenSubscriptions } from '../observe/gateway-status.ts';
import type { Operations } from './operations.ts';
import type { Unsent } from './unsent.ts';

/** Times of streams, in milliseconds. */
export interface StreamTimes {
  /** How often subscribers get a sign of life: proxies close connections that are silent for a minute. */
  readonly heartbeatMs: number;
  /** How long a client may read nothing. */
  readonly stallMs: number;
  /** How long the result of one event may take. */
  readonly eventMs: number;
}

/** What all streams of a gateway share. */
export interface StreamOptions {
  readonly operations: Operations;
  readonly times: StreamTimes;
  readonly unsent: Unsent;
  readonly subscriptions: OpenSubscriptions;
  readonly log: Logger;
}

export const STREAM_TIMES: StreamTimes = { heartbeatMs: 15_000, stallMs: 10_000, eventMs: 30_000 };

/** The pace for a small number. */
const PACE_MS = 5;

/** Calls `act` for each of many, one by one at an even pace, within a time. */
export async function spread<T>(all: Iterable<T>, maxMs: number, act: (one: T) => void): Promise<void> {
  const each = [...all];
  const pace = Math.min(PACE_MS, maxMs / each.length);
  const begun = performance.now();
  for (const [i, one] of each.entries()) {
    const early = begun + i * pace - performance.now();
    if (early >= 1) await pause(early);
    act(one);
  }
}
