import { type ApolloServer, HeaderMap } from '@apollo/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError } from 'graphql';
import type { RequestContext } from './context.ts';
import type { Documents } from './documents.ts';
import type { PersistedQueries } from './persisted-queries.ts';
import { queryTextOf } from './query-text.ts';
import { type MadeAnswers, writtenAnswer } from './written-answer.ts';

/** Answers a request over HTTP. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<string | Buffer>;

export interface ApolloHandlerOptions {
  /** Puts its answers among those that are made. */
  readonly apollo: ApolloServer<RequestContext>;
  readonly made: MadeAnswers;
  readonly documents: Documents;
  readonly persisted: PersistedQueries;
  /** Of a request that is about to be answered. */
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => RequestContext;
  /** Answers a request whose text is no query of ours. */
  readonly refuse: (errors: readonly GraphQLError[], reply: FastifyReply) => string;
}

/** Ends an answer, for whoever reads it in a terminal. */
const NEW_LINE = '\n';

/** Has Apollo answer those requests whose text is a valid query, in a context made for each. */
export function apolloHandler(options: ApolloHandlerOptions): Handler {
  const { persisted, contextOf } = options;
  return async (request, reply) => {
    const text = await queryTextOf(request, persisted);
    const context = contextOf(request, reply);
    const end = await context.lane.begin(context.deadline?.signal);
    try {
      return await answer(options, { request, reply, text, context });
    } finally {
      context.deadline?.end();
      end();
    }
  };
}

interface Asked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Null where there is none, as Apollo will say. */
  readonly text: string | null;
  readonly context: RequestContext;
}

async function answer(
  { apollo, made, documents, refuse }: ApolloHandlerOptions,
  { request, reply, text, context }: Asked,
): Promise<string | Buffer> {
  const mistakes = text === null ? null : documents.get(text).errors;
  if (mistakes !== null) return refuse(mistakes, reply);
  const { method, body } = request;
  const answered = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method, headers: headersOf(request), search: searchOf(request), body },
    context: async () => context,
  });
  if (answered.body.kind !== 'complete') {
    throw new Error('The answer comes in parts, which no query of this schema can ask for.');
  }
  reply.code(answered.status ?? 200);
  for (const [name, value] of answered.headers) reply.header(name, value);
  const { string } = answered.body;
  const result = made.take(string);
  if (result === null) return string;
  return context.answer.isLarge ? writtenAnswer(result, context.lane, NEW_LINE) : JSON.stringify(result) + NEW_LINE;
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
