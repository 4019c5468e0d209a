import type { Logger } from 'pino';
import type { OpenSubscriptions } from '../observe/open-subscriptions.ts';
import type { Operations } from './operations.ts';
import type { Unsent } from './unsent.ts';

/** How long subscribers are waited for, and how often they hear that they are still connected, in milliseconds. */
export interface StreamTimes {
  /** Proxies close connections that are silent for a minute. */
  readonly heartbeatMs: number;
  /** For what was sent to be taken. */
  readonly stallMs: number;
  /** For what is told of one event to be found. */
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
