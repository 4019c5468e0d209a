import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { packagePath } from '../../package-root.ts';
import { CONTENT_SECURITY_POLICY, GRAPHIQL_PAGE, START_SCRIPT, START_STYLE } from './page.ts';

/** GraphiQL at `/graphiql`, from our own files: it works without any other server. */
export async function graphiqlRoutes(fastify: FastifyInstance): Promise<void> {
  const folder = packagePath('assets', 'graphiql');
  fastify.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
  });
  if (!existsSync(folder)) {
    fastify.get('/graphiql', (_request, reply) =>
      reply.code(404).send('The files of GraphiQL are missing: run "npm run prepare" in the folder of BitQL.\n'),
    );
    return;
  }
  fastify.get('/graphiql', (_request, reply) => reply.type('text/html').send(GRAPHIQL_PAGE));
  fastify.get('/graphiql/start.js', (_request, reply) => reply.type('text/javascript').send(START_SCRIPT));
  fastify.get('/graphiql/start.css', (_request, reply) => reply.type('text/css').send(START_STYLE));
  await fastify.register(fastifyStatic, { root: folder, prefix: '/graphiql/', decorateReply: false, maxAge: '1d' });
}
