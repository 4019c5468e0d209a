import type { FastifyInstance } from 'fastify';
import { readTypeDefs } from '../graphql/type-defs.ts';

/** Serves the schema as text, and leads whoever comes without a path to the playground. */
export function servePages(fastify: FastifyInstance): void {
  fastify.get('/', (_request, reply) => reply.redirect('graphiql'));
  const typeDefs = readTypeDefs();
  fastify.get('/schema.graphql', (_request, reply) => reply.type('text/plain; charset=utf-8').send(typeDefs));
}
