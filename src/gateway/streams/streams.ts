import type { FastifyInstance } from 'fastify';
import type { OriginPolicy } from '../../origin-policy.ts';
import type { Callers } from '../callers/callers.ts';
import type { Engine } from '../graphql/engine.ts';
import type { Connections } from '../limits/connections.ts';
import { OpenSubscriptions } from '../observe/gateway-status.ts';
import { EventStreams } from './event-streams.ts';
import { Operations } from './operations.ts';
import type { StreamOptions, StreamTimes } from './stream-options.ts';
import { endUnreadAnswers, Unsent } from './unsent.ts';
import { WebSockets } from './websockets.ts';

export interface StreamsOptions {
  readonly engine: Engine;
  /** The path at which WebSockets connect. */
  readonly path: string;
  readonly times: StreamTimes;
  readonly connections: Connections;
  readonly maxMessageBytes: number;
  /** Null if callers are not distinguished. */
  readonly callers: Callers | null;
  /** Null if all origins may do everything. */
  readonly policy: OriginPolicy | null;
}

/** Both transports of subscriptions, on one HTTP server. */
export class Streams {
  readonly events: EventStreams;
  readonly subscriptions = new OpenSubscriptions();
  readonly #sockets: WebSockets;

  constructor(fastify: FastifyInstance, { engine, times, ...options }: StreamsOptions) {
    const unsent = new Unsent();
    endUnreadAnswers(fastify, unsent, times.stallMs);
    const { eventMs, heartbeatMs } = times;
    const operations = new Operations({ ...engine, eventMs, heartbeatMs });
    const { log, memory } = engine.backend;
    const shared: StreamOptions = { operations, times, unsent, subscriptions: this.subscriptions, log };
    this.events = new EventStreams(shared);
    this.#sockets = new WebSockets(fastify.server, { ...shared, ...options, memory, persisted: engine.persisted });
  }

  /** Ends all streams within a time. */
  async close(spreadMs: number): Promise<void> {
    await Promise.all([this.events.close(spreadMs), this.#sockets.close(spreadMs)]);
  }
}
