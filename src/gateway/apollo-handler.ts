import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from './context.ts';

/** Answers a request over HTTP. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<string>;

/** Has Apollo answer, in a context made for each request. Whoever cannot pay for any is not heard. */
export function apolloHandler(
  apollo: ApolloServer<RequestContext>,
  contextOf: (request: FastifyRequest, reply: FastifyReply) => RequestContext,
): Handler {
  return async (request, reply) => {
    const { method, url, body } = request;
    const context = contextOf(request, reply);
    await context.bill.begin();
    const {
      status,
      headers,
      body: answer,
    } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: headersOf(request), search: searchOf(url), body },
      context: async () => context,
    });
    if (answer.kind !== 'complete') {
      throw new Error('The answer comes in parts, which no query of this schema can ask for.');
    }
    reply.code(status ?? 200);
    for (const [name, value] of headers) reply.header(name, value);
    return answer.string;
  };
}

function headersOf({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return map;
}

/** With its question mark. */
function searchOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}
