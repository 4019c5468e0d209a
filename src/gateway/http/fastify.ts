import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import type { Logger } from 'pino';
import { errorCode } from '../../errors.ts';
import type { OriginPolicy } from '../../origins/origin-policy.ts';
import type { Watchers } from '../graphql/backend.ts';
import { errorFormatter } from '../graphql/errors.ts';
import { HTTP_STATUS } from '../graphql/http-status.ts';
import { observeRefusal } from '../graphql/observation-plugin.ts';
import { logRequests, REQUEST_ID_HEADER, scopeOf } from '../observe/request-log.ts';
import { inRequest, requestId } from '../observe/request-scope.ts';
import { traceRequests } from '../observe/tracing.ts';
import { refusalMedia } from '../requests/accepted-media.ts';
import { admitOrigins, crossOriginHeaders } from './cross-origin.ts';
import { meaningOf, refuseUnreadable } from './failures.ts';
import { SECURITY_HEADERS } from './security-headers.ts';
import { endUnusedConnections } from './unused-connections.ts';

export interface FastifyOptions extends Watchers {
  readonly log: Logger;
  /** Where GraphQL is: nothing else takes bodies. */
  readonly path: string;
  readonly maxBodyBytes: number;
  /** Null where everybody may do anything. */
  readonly policy: OriginPolicy | null;
}

/** Methods of requests that may have a body. */
const HAS_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const NOT_FOUND = 'Not found. GraphQL is at /graphql, its playground at /graphiql, its schema at /schema.graphql.\n';
const OTHER_METHOD = 'Send the request by POST or GET.\n';
const TOO_LARGE = 413;
const REQUEST_TIMEOUT_MS = 30_000;
/** Of a connection that was made, or a request that has begun, until its headers are there. */
const HEADERS_TIMEOUT_MS = 10_000;
/** How often it is looked for those that take too long. */
const TIMEOUT_CHECK_MS = 2_000;
/** Longer than load balancers keep idle connections, so that it is they who close them. */
const KEEP_ALIVE_MS = 75_000;

/** An HTTP server without routes: its headers, bounds, logs, and how it refuses. */
export function createFastify(options: FastifyOptions): FastifyInstance {
  const { log, path, maxBodyBytes, policy, tracer } = options;
  const answerError = errorAnswers(options);
  const fixedHeaders = { ...SECURITY_HEADERS, ...crossOriginHeaders(policy) };
  const fastify = Fastify({
    bodyLimit: maxBodyBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    // What comes over an open connection while the gateway ends is answered as ever.
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
  if (tracer !== null) traceRequests(fastify, tracer, path);
  fastify.setErrorHandler(answerError);
  refuseOthers(fastify, path);
  return fastify;
}

/** Nothing is read but where something is to be said. */
function refuseOthers(fastify: FastifyInstance, path: string): void {
  const refuse = ({ url }: FastifyRequest, reply: FastifyReply) =>
    url.split('?')[0] === path
      ? reply.code(405).header('allow', 'GET, POST').send(OTHER_METHOD)
      : reply.code(404).send(NOT_FOUND);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!HAS_BODY.has(request.method) || request.routeOptions.url === path) done();
    else refuse(request, reply.header('connection', 'close'));
  });
  fastify.setNotFoundHandler(refuse);
}

/** Answers what fails before GraphQL comes into play, in GraphQL's form too. */
function errorAnswers({ log, maxBodyBytes, observer }: FastifyOptions) {
  const format = errorFormatter(log);
  return (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const ours = errorCode(error);
    const status = ours === undefined ? (error.statusCode ?? 500) : HTTP_STATUS[ours];
    const code = status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR';
    // What was too large was received as far as it may go.
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

/** What goes wrong in Fastify itself, without requests, which hold secrets; what it does is ours to log. */
function ownTroubles(log: Logger): FastifyBaseLogger {
  const nothing = () => undefined;
  const level = log.isLevelEnabled('warn') ? 'warn' : log.level;
  return log.child({}, { level, serializers: { req: nothing, res: nothing } }) as FastifyBaseLogger;
}
