import type { ApolloServerErrorCode } from '@apollo/server/errors';

/** The codes of errors that GraphQL and its transport have anywhere, beside those of BitQL: what they mean, and the HTTP status. */
export const PROTOCOL_ERRORS = {
  BAD_REQUEST: {
    status: 400,
    meaning: 'The request does not follow GraphQL over HTTP. The message says what is wrong.',
  },
  GRAPHQL_PARSE_FAILED: { status: 400, meaning: 'The query is not valid GraphQL, or has more than 2,000 tokens.' },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    meaning: 'The query does not fit the schema. The message says what is wrong and, if it can, what to write instead.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    meaning: 'The query has several operations and no name was given, or no operation has the given name.',
  },
  BAD_USER_INPUT: { status: 400, meaning: 'The value of a variable does not fit its type.' },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 200,
    meaning:
      'The gateway does not know the query with this hash (automatic persisted queries). Send its text once, together with the hash.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    status: 200,
    meaning: 'Persisted queries are not supported. BitQL never returns this code, since it supports them.',
  },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    meaning: 'An unexpected error. The log of the gateway has it under `id`.',
  },
} as const satisfies Record<`${ApolloServerErrorCode}`, { status: number; meaning: string }>;
