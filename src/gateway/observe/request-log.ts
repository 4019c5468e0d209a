import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { acceptsEventsAlone, EVENTS_MEDIA } from '../requests/accepted-media.ts';
import { inRequest, type RequestScope } from './request-scope.ts';

export const REQUEST_ID_HEADER = 'x-request-id';

/** Slower requests are logged at level info. Failures on our side are logged elsewhere. */
const SLOW_MS = 1_000;

/**
 * Sets each request's id in its answer and its log lines, and logs one line about it. The line has nothing of what was asked,
 * which is the client's business.
 */
export function logRequests(fastify: FastifyInstance, log: Logger): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
  fastify.addHook('preHandler', (request, _reply, done) => inRequest(scopeOf(request), done));
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, url, routeOptions } = request;
    const { statusCode, elapsedTime } = reply;
    const level = elapsedTime > SLOW_MS && !isOfEvents(reply) ? 'info' : 'debug';
    if (log.isLevelEnabled(level)) {
      const fields = { requestId: request.id, method, path: routeOptions.url ?? url.split('?')[0], status: statusCode };
      log[level]({ ...fields, ms: Math.round(elapsedTime) }, 'Answered');
    }
    done();
  });
}

function isOfEvents(reply: FastifyReply): boolean {
  return String(reply.getHeader('content-type')).startsWith(EVENTS_MEDIA);
}

/** Also for what happens before its handler. */
export function scopeOf(request: FastifyRequest): RequestScope {
  return { id: request.id, transport: acceptsEventsAlone(request.headers.accept) ? 'sse' : 'http' };
}
