import type { AddressInfo } from 'node:net';
import type { Tracer } from '@opentelemetry/api';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { BitqlError, errorCode } from '../errors.ts';
import { portFailure } from '../failures/port.ts';
import type { CommitBell } from '../live/commit-bell.ts';
import { LiveEvents } from '../live/live-events.ts';
import { type Cors, type OriginPolicy, originPolicy } from '../origins/origin-policy.ts';
import { SharedStore } from '../query/shared-store.ts';
import { termsOf } from './callers/caller.ts';
import { type CallerOptions, Callers } from './callers/callers.ts';
import { graphiqlRoutes } from './graphiql/routes.ts';
import { createApollo } from './graphql/apollo.ts';
import { compilationPlugin } from './graphql/compilation/compilation-plugin.ts';
import { CompiledOperations } from './graphql/compilation/compiled-operations.ts';
import { errorFormatter, errorTeller } from './graphql/errors.ts';
import { HTTP_STATUS, statusOf } from './graphql/http-status.ts';
import { forgetLateFailures } from './graphql/late-failures.ts';
import { observationPlugin, observeRefusal } from './graphql/observation-plugin.ts';
import { createSchema } from './graphql/schema.ts';
import { readTypeDefs } from './graphql/type-defs.ts';
import { type AskedQuery, httpAnswers } from './http/answers.ts';
import { admitOrigins, crossOriginHeaders, preflightRoutes } from './http/cross-origin.ts';
import { DRAIN_TIMES, Drain, type DrainTimes } from './http/drain.ts';
import { meaningOf, refuseUnreadable } from './http/failures.ts';
import { Gate } from './http/gate.ts';
import { healthRoutes } from './http/health-routes.ts';
import { OpenAnswers } from './http/open-answers.ts';
import { receiveBodies } from './http/request-bodies.ts';
import { SECURITY_HEADERS } from './http/security-headers.ts';
import { endUnusedConnections } from './http/unused-connections.ts';
import { AnswerMemory } from './limits/answer-memory.ts';
import { openFiles } from './limits/connection-limit.ts';
import { Connections } from './limits/connections.ts';
import type { Rank } from './limits/lane.ts';
import { Turns } from './limits/turns.ts';
import { ChainWatch } from './observe/chain-watch.ts';
import { type GatewayStatus, gatewayStatus } from './observe/gateway-status.ts';
import { ObservedStore } from './observe/observed-store.ts';
import { NO_OBSERVER, type Observer } from './observe/observer.ts';
import { OpenSubscriptions } from './observe/open-subscriptions.ts';
import { logRequests, REQUEST_ID_HEADER, scopeOf } from './observe/request-log.ts';
import { inRequest, requestId } from './observe/request-scope.ts';
import { traceRequests } from './observe/tracing.ts';
import { refusalMedia } from './requests/accepted-media.ts';
import { Documents } from './requests/documents.ts';
import { rememberedQueries } from './requests/persisted-queries.ts';
import type { TrustedDocuments } from './requests/trusted-documents.ts';
import { type Backend, RequestContext } from './resolvers/context.ts';
import { EventStreams } from './streams/event-streams.ts';
import { Operations } from './streams/operations.ts';
import { STREAM_TIMES, type StreamOptions, type StreamTimes } from './streams/stream-options.ts';
import { Unsent } from './streams/unsent.ts';
import { endUntakenAnswers } from './streams/untaken-answers.ts';
import { WebSockets } from './streams/websockets.ts';

export interface GatewayOptions extends Omit<Backend, 'live'> {
  /** That of an indexer in this process; without it, the log of events is looked at now and then. */
  readonly bell?: CommitBell | null | undefined;
  /** The most memory for what requests share of the chain far below the tip [none]. */
  readonly cacheBytes?: number | undefined;
  readonly streamTimes?: StreamTimes | undefined;
  /** Who may ask, and how much; without it anybody anything. */
  readonly callers?: CallerOptions | null | undefined;
  /** The only queries that are answered; without it any. */
  readonly trustedDocuments?: TrustedDocuments | null | undefined;
  readonly drainTimes?: DrainTimes | undefined;
  readonly observer?: Observer | undefined;
  /** Makes spans of requests, operations and calls of the store [none]. */
  readonly tracer?: Tracer | null | undefined;
  /** Whose pages may use it [where it is reached from this machine alone those of this machine, else all]. */
  readonly cors?: Cors | null | undefined;
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

export interface Gateway {
  /** Where it listens, without a path. */
  readonly url: string;
  status(): Promise<GatewayStatus>;
  /** Says that it ends, then takes no more requests, and resolves when those under way are answered. */
  close(): Promise<void>;
}

const PATH = '/graphql';
/** The log is read for all subscribers: it waits for nobody. */
const TAIL: Rank = { isStranger: false, weight: Number.POSITIVE_INFINITY };
const MAX_BODY_BYTES = 100 * 1024;
/** Where transactions are taken: any that nodes relay (BTC: 400,000 bytes) fits as hexadecimal text. */
const MAX_BROADCAST_BYTES = 1024 * 1024;
/** Methods of requests that may have a body. */
const HAS_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const NOT_FOUND = 'Not found. GraphQL is at /graphql, its playground at /graphiql, its schema at /schema.graphql.\n';
const TOO_LARGE = 413;
const REQUEST_TIMEOUT_MS = 30_000;
/** Of a connection that was made, or a request that has begun, until its headers are there. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How often it is looked for those that take too long. */
const TIMEOUT_CHECK_MS = 2_000;
/** Longer than load balancers keep idle connections, so that it is they who close them. */
const KEEP_ALIVE_MS = 75_000;

/** Serves GraphQL at `/graphql`, its playground at `/graphiql` and its schema at `/schema.graphql`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log, bell = null, streamTimes = STREAM_TIMES, drainTimes = DRAIN_TIMES, observer = NO_OBSERVER } = options;
  const { tracer = null, memory = new AnswerMemory() } = options;
  const { eventMs, heartbeatMs } = streamTimes;
  const store = new ObservedStore(options.store, observer, tracer);
  const shared = new SharedStore(store, options.cacheBytes ?? 0);
  const turns = new Turns();
  const backend: Backend = {
    ...options,
    store: shared,
    memory,
    turns,
    live: new LiveEvents({
      store,
      log,
      bell,
      goOn: () => turns.laneOf(store, TAIL).goOn(),
    }),
  };
  const policy = await originPolicy(options.cors ?? null, options.host);
  const fastify = createFastify(options, observer, policy);
  const callers = options.callers == null ? null : new Callers(options.callers, log);
  const connections = Connections.of(fastify, {
    log,
    limits: openFiles(),
    peerOf: (address) => callers?.peerAt(address) ?? null,
  });
  const schema = createSchema();
  const compiled = new CompiledOperations(schema);
  const tell = errorTeller(log);
  const trusted = options.trustedDocuments ?? null;
  const documents = new Documents(schema, trusted);
  const persisted = trusted?.persisted ?? rememberedQueries();
  const plugins = [compilationPlugin(compiled, tell), observationPlugin(observer)];
  const apollo = createApollo({ schema, documents, log, plugins });
  await apollo.start();
  const operations = new Operations({
    ...{ schema, apollo, backend, compiled, tell, observer, tracer, documents, eventMs, heartbeatMs },
  });
  await fastify.register(preflightRoutes, { policy });
  const gate = new Gate(fastify, PATH, callers);
  const openAnswers = new OpenAnswers();
  receiveBodies(fastify, { gate, memory, maxBytes: bodyLimit(options) });
  const laneOf = (request: FastifyRequest) => {
    const caller = gate.callerOf(request);
    return turns.laneOf(caller ?? request, caller?.rank);
  };
  const contextOf = (request: FastifyRequest, reply: FastifyReply) => {
    const [bill, lane] = [gate.billOf(request), laneOf(request)];
    const terms = { ...termsOf(gate.callerOf(request)), bill, lane, ...request.admission };
    const context = new RequestContext(backend, terms);
    openAnswers.onceOver(request.raw.socket, reply.raw, () => {
      context.deadline?.abandon();
      context.memory.release();
    });
    return context;
  };
  const refuse = (errors: readonly Error[], reply: FastifyReply, status?: number) => {
    const told = errors.map(tell);
    const outcome = String(told[0]?.extensions?.code);
    const seconds = reply.elapsedTime / 1_000;
    observer.answered({ transport: 'http', outcome, operation: null, seconds, cost: null });
    reply.code(status ?? statusOf(outcome));
    return JSON.stringify({ errors: told });
  };
  const subscriptions = new OpenSubscriptions();
  const unsent = new Unsent();
  endUntakenAnswers(fastify, unsent, streamTimes.stallMs);
  const streaming: StreamOptions = { operations, times: streamTimes, unsent, subscriptions, log };
  const streams = new EventStreams(streaming);
  const stream = (asked: AskedQuery, request: FastifyRequest, reply: FastifyReply) => {
    const [caller, bill] = [gate.callerOf(request), gate.billOf(request)];
    return inRequest({ id: request.id, transport: 'sse' }, () =>
      streams.serve(asked, { request, reply, caller, bill }),
    );
  };
  const answer = httpAnswers({ apollo, documents, persisted, tracer, contextOf, refuse, stream });
  const sockets = new WebSockets(fastify.server, {
    ...streaming,
    path: PATH,
    maxMessageBytes: bodyLimit(options),
    memory,
    persisted,
    callers,
    connections,
    policy,
  });
  const endStreams = async (ms: number) => void (await Promise.all([streams.close(ms), sockets.close(ms)]));
  const drain = new Drain({ fastify, times: drainTimes, endStreams });
  fastify.route({
    method: ['GET', 'POST'],
    url: PATH,
    handler: async (request, reply) => {
      if (request.method === 'GET') await gate.billOf(request).receive(request.url.length);
      return answer(request, reply);
    },
  });
  await fastify.register(graphiqlRoutes);
  const watch = new ChainWatch(store);
  await fastify.register(healthRoutes, { watch, isDraining: () => drain.isDraining });
  servePages(fastify);
  await listen(fastify, options);
  const stopForgetting = forgetLateFailures();
  return {
    url: urlOf(fastify, options.host),
    status: () => gatewayStatus(watch, { connections, subscriptions }),
    close: () =>
      drain
        .run()
        .then(() => apollo.stop())
        .finally(stopForgetting),
  };
}

function servePages(fastify: FastifyInstance): void {
  fastify.get('/', (_request, reply) => reply.redirect('graphiql'));
  const typeDefs = readTypeDefs();
  fastify.get('/schema.graphql', (_request, reply) => reply.type('text/plain; charset=utf-8').send(typeDefs));
}

function createFastify(
  backend: Pick<GatewayOptions, 'log' | 'node' | 'tracer'>,
  observer: Observer,
  policy: OriginPolicy | null,
): FastifyInstance {
  const answerError = errorAnswers(backend, observer);
  const fixedHeaders = { ...SECURITY_HEADERS, ...crossOriginHeaders(policy) };
  const fastify = Fastify({
    bodyLimit: bodyLimit(backend),
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    // What comes over an open connection while the gateway ends is answered as ever.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: ({ headers }) => requestId(headers[REQUEST_ID_HEADER]),
    loggerInstance: ownTroubles(backend.log),
    childLoggerFactory: (logger) => logger,
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply.headers(fixedHeaders)),
    logController: new LogController({ disableRequestLogging: true }),
  });
  endUnusedConnections(fastify);
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.headers(fixedHeaders);
    done();
  });
  logRequests(fastify, backend.log);
  admitOrigins(fastify, policy);
  if (backend.tracer != null) traceRequests(fastify, backend.tracer, PATH);
  fastify.setErrorHandler(answerError);
  // Nothing is read but where something is to be said.
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!HAS_BODY.has(request.method) || request.routeOptions.url === PATH) done();
    else reply.code(404).header('connection', 'close').send(NOT_FOUND);
  });
  fastify.setNotFoundHandler((_request, reply) => reply.code(404).send(NOT_FOUND));
  return fastify;
}

/** Answers what fails before GraphQL comes into play, in GraphQL's form too. */
function errorAnswers(backend: Pick<GatewayOptions, 'log' | 'node'>, observer: Observer) {
  const format = errorFormatter(backend.log);
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const ours = errorCode(error);
    const status = ours === undefined ? (error.statusCode ?? 500) : HTTP_STATUS[ours];
    const code = status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR';
    // What was too large was received as far as it may go.
    if (status === TOO_LARGE) request.bill?.receive(bodyLimit(backend)).catch(() => {});
    const message = ours === undefined ? meaningOf(error, bodyLimit(backend)) : error.message;
    const formatted = inRequest(scopeOf(request), () => {
      observeRefusal(observer, ours ?? code);
      return format({ message, extensions: { code } }, error);
    });
    reply.code(status).type(`${refusalMedia(request.headers.accept)}; charset=utf-8`);
    return reply.send({ errors: [formatted] });
  };
}

/** What goes wrong in Fastify itself, without requests, which hold secrets; what it does is ours to log. */
function ownTroubles(log: Logger): FastifyBaseLogger {
  const nothing = () => undefined;
  const level = log.isLevelEnabled('warn') ? 'warn' : log.level;
  return log.child({}, { level, serializers: { req: nothing, res: nothing } }) as FastifyBaseLogger;
}

function bodyLimit({ node }: Pick<Backend, 'node'>): number {
  return node == null ? MAX_BODY_BYTES : MAX_BROADCAST_BYTES;
}

async function listen(fastify: FastifyInstance, { host, port }: GatewayOptions): Promise<void> {
  try {
    await fastify.listen({ host, port });
  } catch (error) {
    await fastify.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new BitqlError(
        'BAD_SETTING',
        `Port ${port} of ${host} is taken: stop what listens there, or give another --port.`,
        error,
      );
    }
    throw new BitqlError(
      'BAD_SETTING',
      `Cannot listen on ${host}, port ${port}: ${portFailure(error)}. Give another --host or --port.`,
      error,
    );
  }
}

function urlOf(fastify: FastifyInstance, host: string): string {
  const { port } = fastify.server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
