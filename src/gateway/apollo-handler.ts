import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { RequestContext } from './context.ts';
import type { Documents } from './documents.ts';
import type { Lane } from './limits/lane.ts';
import type { PersistedQueries } from './persisted-queries.ts';
import { queryTextOf } from './query-text.ts';

/** Answers a request over HTTP. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<string>;

export interface ApolloHandlerOptions {
  readonly apollo: ApolloServer<RequestContext>;
  readonly documents: Documents;
  readonly persisted: PersistedQueries;
  /** In which a request waits for its turn. */
  readonly laneOf: (request: FastifyRequest) => Lane;
  /** Of a request that is about to be answered. */
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => RequestContext;
  /** Answers a request whose text is no query of ours. */
  readonly refuse: (errors: readonly GraphQLError[], reply: FastifyReply) => string;
}

/** Has Apollo answer those requests whose text is a valid query, in a context made for each. */
export function apolloHandler(options: ApolloHandlerOptions): Handler {
  const { apollo, documents, persisted, laneOf, contextOf, refuse } = options;
  return async (request, reply) => {
    const { method, body } = request;
    const text = await queryTextOf(request, persisted);
    const turn = laneOf(request).goOn();
    if (turn !== null) await turn;
    const mistakes = text === null ? null : documents.get(text).errors;
    if (mistakes !== null) return refuse(mistakes, reply);
    const {
      status,
      headers,
      body: answer,
    } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method, headers: headersOf(request), search: searchOf(request), body },
      context: async () => contextOf(request, reply),
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

/** The parameters as they were looked at, with a question mark: other parsers may see others in the same address. */
function searchOf({ query }: FastifyRequest): string {
  const parameters = Object.entries(query as Readonly<Record<string, string | string[]>>);
  return `?${new URLSearchParams(parameters.flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value])))}`;
}
