import type { ApolloServerErrorCode } from '@apollo/server/errors';

/** The codes of errors that GraphQL and its transport have anywhere, beside those of BitQL: what they mean, and the HTTP status. */
export const PROTOCOL_ERRORS = {
  BAD_REQUEST: {
    status: 400,
    meaning: 'The request is not as GraphQL over HTTP has it; the message says what is wrong.',
  },
  GRAPHQL_PARSE_FAILED: { status: 400, meaning: 'The query is no GraphQL, or has more than 2,000 tokens.' },
  GRAPHQL_VALIDATION_FAILED: { status: 400, meaning: 'The query asks for what the schema does not have.' },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    meaning: 'The query has several operations, or none of the given name.',
  },
  BAD_USER_INPUT: { status: 400, meaning: 'A variable does not fit its type.' },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 200,
    meaning:
      'The gateway does not know the query of this hash (automatic persisted queries): send its text along once.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, meaning: 'Persisted queries are not supported. BitQL supports them.' },
  INTERNAL_SERVER_ERROR: {
    status: 500,
    meaning: 'Something went wrong that nobody foresaw; the log has it under `id`.',
  },
} as const satisfies Record<`${ApolloServerErrorCode}`, { status: number; meaning: string }>;
