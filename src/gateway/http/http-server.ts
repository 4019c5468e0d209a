import type { AddressInfo } from 'node:net';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { BitqlError, errorCode } from '../../errors.ts';
import { portFailure } from '../../failures/system.ts';
import type { OriginPolicy } from '../../origin-policy.ts';
import { BYTES_PATH, BYTES_ROUTE } from '../bytes/asked-bytes.ts';
import type { Callers } from '../callers/callers.ts';
import type { Watchers } from '../graphql/engine.ts';
import { errorFormatter } from '../graphql/errors.ts';
import { HTTP_STATUS } from '../graphql/http-status.ts';
import { observeRefusal } from '../graphql/plugins.ts';
import { openFiles } from '../limits/connection-limits.ts';
import { Connections } from '../limits/connections.ts';
import type { AnswerMemory } from '../limits/memory.ts';
import { logRequests, REQUEST_ID_HEADER, scopeOf } from '../observe/request-log.ts';
import { inRequest, requestId } from '../observe/request-scope.ts';
import { traceRequests } from '../observe/tracing.ts';
import { refusalMedia } from '../requests/accepted-media.ts';
import { admitOrigins, crossOriginHeaders, preflightRoutes } from './cross-origin.ts';
import { endUnusedConnections } from './drain.ts';
import { meaningOf, refuseUnreadable } from './failures.ts';
import { Gate } from './gate.ts';
import { receiveBodies } from './request-bodies.ts';

interface HttpServerOptions extends FastifyOptions {
  /** Null if callers are not distinguished. */
  readonly callers: Callers | null;
  /** For bodies that are being received. */
  readonly memory: AnswerMemory;
}

/** An HTTP server that admits requests and receives their bodies. */
export interface HttpServer {
  readonly fastify: FastifyInstance;
  readonly connections: Connections;
  readonly gate: Gate;
}

/** The server does not listen yet. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { log, path, policy, callers, memory, maxBodyBytes } = options;
  const fastify = createFastify(options);
  const connections = Connections.of(fastify, {
    log,
    limits: openFiles(),
    peerOf: (address) => callers?.peerAt(address) ?? null,
  });
  await fastify.register(preflightRoutes, { policy });
  const gate = new Gate(fastify, [path, BYTES_ROUTE], callers);
  receiveBodies(fastify, { gate, memory, maxBytes: maxBodyBytes });
  return { fastify, connections, gate };
}

/** Where a gateway listens. */
export interface ListenAddress {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** @returns the URL of the server, without a path @throws BAD_SETTING */
export async function listen(fastify: FastifyInstance, { host, port }: ListenAddress): Promise<string> {
  try {
    await fastify.listen({ host, port });
  } catch (error) {
    await fastify.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new BitqlError(
        'BAD_SETTING',
        `Port ${port} of ${host} is in use: stop the program that listens there, or give another --port.`,
        error,
      );
    }
    throw new BitqlError(
      'BAD_SETTING',
      `Cannot listen on ${host}, port ${port}: ${portFailure(error)}. Give another --host or --port.`,
      error,
    );
  }
  return urlOf(fastify, host);
}

function urlOf(fastify: FastifyInstance, host: string): string {
  const { port } = fastify.server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

interface FastifyOptions extends Watchers {
  readonly log: Logger;
  /** The path of GraphQL: no other path accepts bodies. */
  readonly path: string;
  readonly maxBodyBytes: number;
  /** Null if all origins may do everything. */
  readonly policy: OriginPolicy | null;
}

/** Methods of requests that may have a body. */
const HAS_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const NOT_FOUND = 'Not found. GraphQL is at /graphql, its playground at /graphiql, its schema at /schema.graphql.\n';
const OTHER_METHOD = 'Send the request by POST or GET.\n';
const ONLY_GET = 'Send the request by GET.\n';
const TOO_LARGE = 413;
const REQUEST_TIMEOUT_MS = 30_000;
/** Time from a new connection, or from the start of a request, until its headers are complete. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How often connections are checked for these times. */
const TIMEOUT_CHECK_MS = 2_000;
/** Longer than load balancers keep idle connections, so that they close them first. */
const KEEP_ALIVE_MS = 75_000;

/** An HTTP server without routes: its headers, limits, logs, and error answers. */
function createFastify(options: FastifyOptions): FastifyInstance {
  const { log, path, maxBodyBytes, policy, tracer } = options;
  const answerError = errorAnswers(options);
  const fixedHeaders = { ...SECURITY_HEADERS, ...crossOriginHeaders(policy) };
  const fastify = Fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    // Requests on open connections are still answered while the gateway ends.
    return503OnClosing: false,
    requestIdHeader: false,
    genReqId: ({ headers }) => requestId(headers[REQUEST_ID_HEADER]),
    loggerInstance: ownTroubles(log),
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
  logRequests(fastify, log);
  admitOrigins(fastify, policy);
  if (tracer !== null) traceRequests(fastify, tracer, [path, BYTES_ROUTE]);
  fastify.setErrorHandler(answerError);
  refuseOthers(fastify, path);
  return fastify;
}

/** A body is read only on the path of GraphQL. */
function refuseOthers(fastify: FastifyInstance, path: string): void {
  const refuse = ({ url, method }: FastifyRequest, reply: FastifyReply) => {
    if (url.startsWith(BYTES_PATH) && HAS_BODY.has(method))
      return reply.code(405).header('allow', 'GET, HEAD').send(ONLY_GET);
    return url.split('?')[0] === path
      ? reply.code(405).header('allow', 'GET, POST').send(OTHER_METHOD)
      : reply.code(404).send(NOT_FOUND);
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!HAS_BODY.has(request.method) || request.routeOptions.url === path) done();
    else refuse(request, reply.header('connection', 'close'));
  });
  fastify.setNotFoundHandler(refuse);
}

/** Answers errors that occur before GraphQL, in GraphQL's form too. */
function errorAnswers({ log, maxBodyBytes, observer }: FastifyOptions) {
  const format = errorFormatter(log);
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const ours = errorCode(error);
    const status = ours === undefined ? (error.statusCode ?? 500) : HTTP_STATUS[ours];
    const code = status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR';
    // Pays for the part that was received of a body that is too large.
    if (status === TOO_LARGE) request.bill?.receive(maxBodyBytes).catch(() => {});
    const message = ours === undefined ? meaningOf(error, maxBodyBytes) : error.message;
    const formatted = inRequest(scopeOf(request), () => {
      observeRefusal(observer, ours ?? code);
      return format({ message, extensions: { code } }, error);
    });
    reply.code(status).type(`${refusalMedia(request.headers.accept)}; charset=utf-8`);
    return reply.send({ errors: [formatted] });
  };
}

/** Logs problems of Fastify itself, without requests, which hold secrets; requests are logged elsewhere. */
function ownTroubles(log: Logger): FastifyBaseLogger {
  const nothing = () => undefined;
  const level = log.isLevelEnabled('warn') ? 'warn' : log.level;
  return log.child({}, { level, serializers: { req: nothing, res: nothing } }) as FastifyBaseLogger;
}

/**
 * Headers of every answer, as Helmet would set them. Answers are data for programs of every origin, and are never shown as a
 * page; the playground has a policy of its own. Strict-Transport-Security is left to the proxy that has the TLS certificate.
 */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;
