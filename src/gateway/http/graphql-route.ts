import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Engine } from '../graphql/engine.ts';
import { statusOf } from '../graphql/http-status.ts';
import { readTypeDefs } from '../graphql/type-defs.ts';
import { inRequest } from '../observe/request-scope.ts';
import type { AskedQuery } from '../requests/request-parameters.ts';
import type { EventStreams } from '../streams/event-streams.ts';
import { httpAnswers } from './answers.ts';
import { contexts } from './contexts.ts';
import type { HttpServer } from './http-server.ts';

interface GraphqlRouteOptions extends Pick<HttpServer, 'fastify' | 'gate'> {
  readonly path: string;
  readonly engine: Engine;
  readonly events: EventStreams;
}

/** Serves GraphQL over HTTP: JSON or server-sent events. */
export function graphqlRoute({ fastify, gate, path, engine, events }: GraphqlRouteOptions): void {
  const stream = (asked: AskedQuery, request: FastifyRequest, reply: FastifyReply) => {
    const [caller, bill] = [gate.callerOf(request), gate.billOf(request)];
    return inRequest({ id: request.id, transport: 'sse' }, () => events.serve(asked, { request, reply, caller, bill }));
  };
  const answer = httpAnswers({ ...engine, contextOf: contexts(engine, gate), refuse: refusals(engine), stream });
  fastify.route({
    method: ['GET', 'POST'],
    url: path,
    // HEAD is answered like other methods.
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      if (request.method === 'GET') await gate.billOf(request).receive(request.url.length);
      return answer(request, reply);
    },
  });
}

/** Answers requests that cannot be executed. */
function refusals({ showError, observer }: Engine) {
  return (errors: readonly Error[], reply: FastifyReply, status?: number): string => {
    const shown = errors.map(showError);
    const outcome = String(shown[0]?.extensions?.code);
    const seconds = reply.elapsedTime / 1_000;
    observer.answered({ transport: 'http', outcome, operation: null, seconds, cost: null });
    reply.code(status ?? statusOf(outcome));
    return JSON.stringify({ errors: shown });
  };
}

/** Serves the schema as text, and redirects `/` to the playground. */
export function servePages(fastify: FastifyInstance): void {
  fastify.get('/', (_request, reply) => reply.redirect('graphiql'));
  const typeDefs = readTypeDefs();
  fastify.get('/schema.graphql', (_request, reply) => reply.type('text/plain; charset=utf-8').send(typeDefs));
}
