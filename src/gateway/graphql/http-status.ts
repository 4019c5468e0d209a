import type { ApolloServerErrorCode } from '@apollo/server/errors';
import type { ErrorCode } from '../../errors.ts';

/** The HTTP status of a request that failed as a whole, by the code of its error. */
export const HTTP_STATUS = {
  BAD_SETTING: 500,
  BAD_ADDRESS: 400,
  BAD_DESCRIPTOR: 400,
  BAD_QUERY: 400,
  NOT_FOUND: 404,
  BAD_CURSOR: 400,
  CURSOR_EXPIRED: 410,
  EVENTS_EXPIRED: 410,
  SLOW_READER: 408,
  NOT_INDEXED: 400,
  BUDGET_EXCEEDED: 400,
  LIMIT_EXCEEDED: 400,
  COST_EXCEEDED: 400,
  RATE_LIMITED: 429,
  UNAUTHENTICATED: 401,
  ORIGIN_REFUSED: 403,
  TOO_MANY_SUBSCRIPTIONS: 429,
  TIMEOUT: 504,
  OVERLOADED: 503,
  DOCUMENT_NOT_TRUSTED: 400,
  BROADCAST_UNAVAILABLE: 400,
  TRANSACTION_REFUSED: 400,
  MALFORMED_BYTES: 400,
  NOT_SYNCED: 503,
  NODE_UNREACHABLE: 503,
  NODE_UNAUTHORIZED: 500,
  NODE_WARMING_UP: 503,
  NODE_WRONG_NETWORK: 500,
  NODE_PRUNED: 500,
  NODE_LACKS_BLOCK: 503,
  NODE_REFUSED: 500,
  BLOCK_DAMAGED: 500,
  STORE_UNAVAILABLE: 503,
  STORE_FULL: 507,
  STORE_UNAUTHORIZED: 500,
  STORE_WRONG_NETWORK: 500,
  STORE_OLDER_FORMAT: 500,
  STORE_NEWER_FORMAT: 500,
  STORE_DAMAGED: 500,
  STORE_BUSY: 503,
  LEASE_LOST: 503,
  CLUSTER_UNAVAILABLE: 503,
  CLUSTER_CONFLICT: 409,
  CLUSTER_FORBIDDEN: 500,
  CLUSTER_REFUSED: 500,
} as const satisfies Record<ErrorCode, number>;

/** The HTTP status for a code that a client sees, one of ours or of the protocol. */
export function statusOf(code: string): number {
  if (Object.hasOwn(HTTP_STATUS, code)) return HTTP_STATUS[code as ErrorCode];
  return PROTOCOL_ERRORS[code as keyof typeof PROTOCOL_ERRORS]?.status ?? 500;
}

/** The codes of errors that every GraphQL server has, beside those of BitQL: their meaning and HTTP status. */
export const PROTOCOL_ERRORS = {
  BAD_REQUEST: {
    status: 400,
    meaning:
      'The request does not follow GraphQL over HTTP (406 or 415 if only its headers are wrong). The message says what is wrong.',
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
