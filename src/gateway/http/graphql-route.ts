import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { termsOf } from '../callers/caller.ts';
import type { Engine } from '../graphql/engine.ts';
import { statusOf } from '../graphql/http-status.ts';
import { readTypeDefs } from '../graphql/type-defs.ts';
import { inRequest } from '../observe/request-scope.ts';
import type { AskedQuery } from '../requests/request-parameters.ts';
import { RequestContext } from '../resolvers/context.ts';
import type { EventStreams } from '../streams/event-streams.ts';
import { httpAnswers } from './answers.ts';
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

/** Makes contexts of requests, which are released when their answer is sent. */
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

/**
 * Reports when answers are over, also if a connection with several pipelined requests ends: Node reports that for one of them
 * only.
 */
export class OpenAnswers {
  readonly #open = new WeakMap<Socket, Set<() => void>>();

  /** Calls back once the answer is sent, or cannot be sent any more. */
  onceOver(socket: Socket, response: ServerResponse, callBack: () => void): void {
    // No event follows.
    if (socket.destroyed || response.closed) {
      callBack();
      return;
    }
    const open = this.#of(socket);
    open.add(callBack);
    response.once('close', () => {
      if (open.delete(callBack)) callBack();
    });
  }

  #of(socket: Socket): Set<() => void> {
    const known = this.#open.get(socket);
    if (known !== undefined) return known;
    const open = new Set<() => void>();
    this.#open.set(socket, open);
    socket.once('close', () => {
      for (const callBack of open) callBack();
      open.clear();
    });
    return open;
  }
}
