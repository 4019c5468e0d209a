import type { ApolloServer } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { Tracer } from '@opentelemetry/api';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type FormattedExecutionResult, GraphQLError } from 'graphql';
import { writtenAnswer } from '../graphql/written-answer.ts';
import { inSpan, OPERATION_SPAN } from '../observe/tracing.ts';
import { acceptedMedia, refusalMedia } from '../requests/accepted-media.ts';
import type { Documents } from '../requests/documents.ts';
import { type PersistedQueries, queryTextOf } from '../requests/persisted-queries.ts';
import { type AskedQuery, notByGet, requestParameters } from '../requests/request-parameters.ts';
import type { RequestContext } from '../resolvers/context.ts';

/** Answers a request over HTTP. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<string | Buffer | FastifyReply>;

export interface HttpAnswersOptions {
  readonly apollo: ApolloServer<RequestContext>;
  readonly documents: Documents;
  readonly persisted: PersistedQueries;
  readonly tracer: Tracer | null;
  /** The context of a request that is answered as JSON. */
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => RequestContext;
  /** Answers a request that cannot be executed, with the given status or that of its first error. */
  readonly refuse: (errors: readonly Error[], reply: FastifyReply, status?: number) => string;
  /** Answers by server-sent events. */
  readonly stream: (asked: AskedQuery, request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}

/** Ends an answer, for readers in a terminal. */
const NEW_LINE = '\n';
const OK = 200;
const METHOD_NOT_ALLOWED = 405;
const NOT_ACCEPTABLE = 406;

/**
 * Answers queries and mutations as JSON if the client accepts that. Subscriptions, and clients that accept nothing else, are
 * answered by server-sent events.
 */
export function httpAnswers(options: HttpAnswersOptions): Handler {
  const { persisted, tracer, refuse, stream } = options;
  return async (request, reply) => {
    const { accept } = request.headers;
    const media = acceptedMedia(accept);
    reply.type(`${refusalMedia(accept)}; charset=utf-8`);
    reply.header('vary', [reply.getHeader('vary') ?? [], 'Accept'].flat().join(', '));
    if (media.json === null && !media.events) return refuse([notAcceptable()], reply, NOT_ACCEPTABLE);
    const asked = askedBy(request, persisted);
    if (asked instanceof GraphQLError) return refuse([asked], reply);
    const { events } = media;
    const inJson = () => answerInJson(options, { request, reply, asked, events });
    const answer = media.json === null ? null : await inSpan(tracer, OPERATION_SPAN, inJson);
    if (answer !== null) return answer;
    await stream(asked, request, reply);
    return reply;
  };
}

interface HttpExchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly asked: AskedQuery;
  /** Whether the client also accepts server-sent events. */
  readonly events: boolean;
}

/** @throws BAD_QUERY */
function askedBy(request: FastifyRequest, persisted: PersistedQueries): AskedQuery | GraphQLError {
  const parameters = requestParameters(request);
  try {
    return { ...parameters, query: queryTextOf(parameters, persisted) };
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

/** @returns null if the operation has to be answered by events */
async function answerInJson(
  options: HttpAnswersOptions,
  { request, reply, asked, events }: HttpExchange,
): Promise<string | Buffer | null> {
  const { documents, contextOf, refuse } = options;
  const context = contextOf(request, reply);
  const end = await context.lane.begin(context.deadline?.signal);
  try {
    const { errors, operation } = documents.operation(asked);
    if (errors !== null) return refuse(errors, reply);
    const type = operation.operation;
    if (type === 'subscription' && events) {
      context.memory.release();
      return null;
    }
    if (type === 'mutation' && request.method === 'GET') {
      return refuse([notByGet()], reply.header('allow', 'POST'), METHOD_NOT_ALLOWED);
    }
    return await execute(options, { reply, asked, context });
  } finally {
    context.deadline?.end();
    end();
  }
}

async function execute(
  { apollo }: HttpAnswersOptions,
  { reply, asked, context }: Pick<HttpExchange, 'reply' | 'asked'> & { readonly context: RequestContext },
): Promise<string | Buffer> {
  const { query, variables, operationName } = asked;
  const request = { query, variables, ...(operationName === undefined ? {} : { operationName }) };
  const { http, body } = await apollo.executeOperation(request, { contextValue: context });
  if (body.kind !== 'single')
    throw new Error('The answer is incremental, but no query of this schema can request that.');
  reply.code(http.status ?? OK);
  for (const [name, value] of http.headers) reply.header(name, value);
  const { errors, data, extensions } = body.singleResult;
  const result = { errors, data, extensions } as FormattedExecutionResult;
  return context.answer.isLarge ? writtenAnswer(result, context.lane, NEW_LINE) : JSON.stringify(result) + NEW_LINE;
}

function notAcceptable(): GraphQLError {
  return badRequest(
    'Answers are application/json, application/graphql-response+json or text/event-stream: accept one of them in the Accept header.',
  );
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: ApolloServerErrorCode.BAD_REQUEST } });
}
