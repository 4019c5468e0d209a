import type { FastifyInstance } from 'fastify';
import type { OriginPolicy } from '../../origins/origin-policy.ts';
import type { Callers } from '../callers/callers.ts';
import type { Engine } from '../graphql/engine.ts';
import type { Connections } from '../limits/connections.ts';
import { OpenSubscriptions } from '../observe/open-subscriptions.ts';
import { EventStreams } from './event-streams.ts';
import { Operations } from './operations.ts';
import type { StreamOptions, StreamTimes } from './stream-options.ts';
import { Unsent } from './unsent.ts';
import { endUntakenAnswers } from './untaken-answers.ts';
import { WebSockets } from './websockets.ts';

export interface StreamsOptions {
  readonly engine: Engine;
  /** Where WebSockets connect. */
  readonly path: string;
  readonly times: StreamTimes;
  readonly connections: Connections;
  readonly maxMessageBytes: number;
  /** Null where nobody is told apart. */
  readonly callers: Callers | null;
  /** Null where everybody may do anything. */
  readonly policy: OriginPolicy | null;
}

/** Both transports by which subscribers are told, on one HTTP server. */
export class Streams {
  readonly events: EventStreams;
  readonly subscriptions = new OpenSubscriptions();
  readonly #sockets: WebSockets;

  constructor(fastify: FastifyInstance, { engine, times, ...options }: StreamsOptions) {
    const unsent = new Unsent();
    endUntakenAnswers(fastify, unsent, times.stallMs);
    const { eventMs, heartbeatMs } = times;
    const operations = new Operations({ ...engine, eventMs, heartbeatMs });
    const { log, memory } = engine.backend;
    const shared: StreamOptions = { operations, times, unsent, subscriptions: this.subscriptions, log };
    this.events = new EventStreams(shared);
    this.#sockets = new WebSockets(fastify.server, { ...shared, ...options, memory, persisted: engine.persisted });
  }

  /** Ends all of them within a time. */
  async close(spreadMs: number): Promise<void> {
    await Promise.all([this.events.close(spreadMs), this.#sockets.close(spreadMs)]);
  }
}
