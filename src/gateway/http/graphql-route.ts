import type { FastifyReply, FastifyRequest } from 'fastify';
import { termsOf } from '../callers/caller.ts';
import type { Engine } from '../graphql/engine.ts';
import { statusOf } from '../graphql/http-status.ts';
import { inRequest } from '../observe/request-scope.ts';
import type { AskedQuery } from '../requests/request-parameters.ts';
import { RequestContext } from '../resolvers/context.ts';
import type { EventStreams } from '../streams/event-streams.ts';
import { httpAnswers } from './answers.ts';
import type { HttpServer } from './http-server.ts';
import { OpenAnswers } from './open-answers.ts';

export interface GraphqlRouteOptions extends Pick<HttpServer, 'fastify' | 'gate'> {
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
    // It is answered as other methods are.
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      if (request.method === 'GET') await gate.billOf(request).receive(request.url.length);
      return answer(request, reply);
    },
  });
}

/** Makes contexts of requests, which end with their answers. */
function contexts({ backend }: Engine, gate: HttpServer['gate']) {
  const openAnswers = new OpenAnswers();
  return (request: FastifyRequest, reply: FastifyReply): RequestContext => {
    const caller = gate.callerOf(request);
    const lane = backend.turns.laneOf(caller ?? request, caller?.rank);
    const terms = { ...termsOf(caller), bill: gate.billOf(request), lane, ...request.admission };
    const context = new RequestContext(backend, terms);
    openAnswers.onceOver(request.raw.socket, reply.raw, () => {
      context.deadline?.abandon();
      context.memory.release();
    });
    return context;
  };
}

/** Answers what cannot be executed. */
function refusals({ tell, observer }: Engine) {
  return (errors: readonly Error[], reply: FastifyReply, status?: number): string => {
    const told = errors.map(tell);
    const outcome = String(told[0]?.extensions?.code);
    const seconds = reply.elapsedTime / 1_000;
    observer.answered({ transport: 'http', outcome, operation: null, seconds, cost: null });
    reply.code(status ?? statusOf(outcome));
    return JSON.stringify({ errors: told });
  };
}
