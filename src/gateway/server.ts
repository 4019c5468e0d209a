import type { Tracer } from '@opentelemetry/api';
import { type Cors, originPolicy } from '../origin-policy.ts';
import { type CallerOptions, Callers } from './callers/callers.ts';
import { graphiqlRoutes } from './graphiql/routes.ts';
import { type BackendOptions, observedStore, sharedBackend, startEngine, type Watchers } from './graphql/engine.ts';
import { forgetLateFailures } from './graphql/errors.ts';
import { bytesRoute } from './http/bytes-route.ts';
import { DRAIN_TIMES, Drain, type DrainTimes } from './http/drain.ts';
import { graphqlRoute, servePages } from './http/graphql-route.ts';
import { healthRoutes } from './http/health-routes.ts';
import { createHttpServer, type ListenAddress, listen } from './http/http-server.ts';
import { ChainWatch } from './observe/chain-status.ts';
import { type GatewayStatus, gatewayStatus } from './observe/gateway-status.ts';
import { type GatewayObserver, NO_GATEWAY_OBSERVER } from './observe/observer.ts';
import type { TrustedDocuments } from './requests/trusted-documents.ts';
import { STREAM_TIMES, type StreamTimes } from './streams/stream-options.ts';
import { Streams } from './streams/streams.ts';

export interface GatewayOptions extends BackendOptions, ListenAddress {
  readonly streamTimes?: StreamTimes | undefined;
  /** Who may ask, and how much; without it everybody may ask anything. */
  readonly callers?: CallerOptions | null | undefined;
  /** The only queries that are answered; without it any. */
  readonly trustedDocuments?: TrustedDocuments | null | undefined;
  readonly drainTimes?: DrainTimes | undefined;
  readonly observer?: GatewayObserver | undefined;
  /** Makes spans of requests, operations and calls of the store [none]. */
  readonly tracer?: Tracer | null | undefined;
  /** The origins whose pages may use it [those of this machine if it is reachable only from this machine, else all]. */
  readonly cors?: Cors | null | undefined;
}

export interface Gateway {
  /** The URL of the server, without a path. */
  readonly url: string;
  status(): Promise<GatewayStatus>;
  /** Reports that it ends, then accepts no more requests, and resolves when those under way are answered. */
  close(): Promise<void>;
}

const PATH = '/graphql';
const MAX_BODY_BYTES = 100 * 1024;
/** With a node for broadcasts: any transaction that nodes relay (BTC: 400,000 bytes) fits as hexadecimal text. */
const MAX_BROADCAST_BYTES = 1024 * 1024;

/** Serves GraphQL at `/graphql`, bytes of the chain below `/tx/`, the playground at `/graphiql` and the schema at `/schema.graphql`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, node, streamTimes = STREAM_TIMES, drainTimes = DRAIN_TIMES } = options;
  const maxBytes = node == null ? MAX_BODY_BYTES : MAX_BROADCAST_BYTES;
  const watchers: Watchers = { observer: options.observer ?? NO_GATEWAY_OBSERVER, tracer: options.tracer ?? null };
  const store = observedStore(options, watchers);
  const backend = sharedBackend(options, store);
  const engine = await startEngine({ ...watchers, backend, trusted: options.trustedDocuments ?? null });
  const reached = {
    path: PATH,
    policy: await originPolicy(options.cors ?? null, options.host),
    callers: options.callers == null ? null : new Callers(options.callers, log),
  };
  const http = await createHttpServer({ ...watchers, ...reached, log, memory: backend.memory, maxBodyBytes: maxBytes });
  const { fastify, connections } = http;
  const streams = new Streams(fastify, {
    ...{ engine, connections, times: streamTimes, maxMessageBytes: maxBytes },
    ...reached,
  });
  const drain = new Drain({ fastify, times: drainTimes, endStreams: (ms) => streams.close(ms) });
  graphqlRoute({ ...http, path: PATH, engine, events: streams.events });
  // Where only known queries are answered, bytes of any transaction are not.
  if (options.trustedDocuments == null) bytesRoute({ ...http, engine, sliceMs: streamTimes.stallMs });
  await fastify.register(graphiqlRoutes);
  const watch = new ChainWatch(store);
  await fastify.register(healthRoutes, { watch, isDraining: () => drain.isDraining });
  servePages(fastify);
  const url = await listen(fastify, options);
  const stopForgetting = forgetLateFailures();
  return {
    url,
    status: () => gatewayStatus(watch, { connections, subscriptions: streams.subscriptions }),
    close: () =>
      drain
        .run()
        .then(() => engine.apollo.stop())
        .finally(stopForgetting),
  };
}
