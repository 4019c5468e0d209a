import type { FastifyInstance } from 'fastify';
import type { Callers } from '../callers/callers.ts';
import type { AnswerMemory } from '../limits/answer-memory.ts';
import { openFiles } from '../limits/connection-limit.ts';
import { Connections } from '../limits/connections.ts';
import { preflightRoutes } from './cross-origin.ts';
import { createFastify, type FastifyOptions } from './fastify.ts';
import { Gate } from './gate.ts';
import { receiveBodies } from './request-bodies.ts';

export interface HttpServerOptions extends FastifyOptions {
  /** Null where nobody is told apart. */
  readonly callers: Callers | null;
  /** For bodies that are under way. */
  readonly memory: AnswerMemory;
}

/** An HTTP server that lets in who may ask, and receives what is asked. */
export interface HttpServer {
  readonly fastify: FastifyInstance;
  readonly connections: Connections;
  readonly gate: Gate;
}

/** Does not listen yet. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { log, path, policy, callers, memory, maxBodyBytes } = options;
  const fastify = createFastify(options);
  const connections = Connections.of(fastify, {
    log,
    limits: openFiles(),
    peerOf: (address) => callers?.peerAt(address) ?? null,
  });
  await fastify.register(preflightRoutes, { policy });
  const gate = new Gate(fastify, path, callers);
  receiveBodies(fastify, { gate, memory, maxBytes: maxBodyBytes });
  return { fastify, connections, gate };
}
