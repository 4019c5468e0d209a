import { randomUUID } from 'node:crypto';
import { ApolloServerErrorCode, unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { MalformedBytesError } from '../../chain/bytes.ts';
import { withoutPrivateKeys } from '../../chain/private-keys.ts';
import { BitqlError, ERROR_CODES, type ErrorCode, errorCode, RateLimited } from '../../errors.ts';
import { currentRequest, requestFields } from '../observe/request-scope.ts';
import { HTTP_STATUS } from './http-status.ts';

const INTERNAL = 'INTERNAL_SERVER_ERROR';

type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/**
 * Turns an error into what a client may see. The client's own mistakes are shown unchanged. For failures on our side the client
 * sees only the code, and the log has the message, which may name files and hosts. For an unexpected error the client sees an
 * id that the log has too.
 */
export function errorFormatter(log: Logger): FormatError {
  return (formatted, error) => {
    const cause = causeOf(error);
    // Bytes that cannot be decoded here were read from the store: malformed bytes of a client are recognised where they come
    // in.
    const code = cause instanceof MalformedBytesError ? 'STORE_DAMAGED' : errorCode(cause);
    if (code === undefined) {
      if (formatted.extensions?.code !== INTERNAL) return withCode(formatted, {});
      if (isBadArgument(cause)) return withCode(formatted, { code: ApolloServerErrorCode.BAD_USER_INPUT });
      return isBadRequest(cause)
        ? withCode(formatted, { code: ApolloServerErrorCode.BAD_REQUEST })
        : masked(formatted, cause, log);
    }
    const { retryable, meaning } = ERROR_CODES[code];
    const extensions = { code, retryable, ...(cause instanceof RateLimited && { retryAfter: cause.retryAfter }) };
    if (HTTP_STATUS[code] < 500 || code === 'NOT_SYNCED') return withCode(formatted, extensions);
    log[isOfLoad(code) ? 'debug' : 'error']({ err: cause, ...requestFields() }, 'A request failed');
    return withCode({ ...formatted, message: meaning }, extensions);
  };
}

/** Whether it only says that too much was asked at once: callers can cause it as often as they like. */
function isOfLoad(code: ErrorCode): boolean {
  return code === 'TIMEOUT' || code === 'OVERLOADED';
}

/** A `BitqlError` counts wherever it was thrown, not only in a resolver. */
function causeOf(error: unknown): unknown {
  const original = error instanceof GraphQLError ? error.originalError : undefined;
  return original instanceof BitqlError ? original : unwrapResolverError(error);
}

/** Turns an error into what a client may see. */
export type ShowError = (error: unknown) => GraphQLFormattedError;

/** Formats errors that did not go through Apollo as Apollo would. */
export function showErrors(log: Logger): ShowError {
  const format = errorFormatter(log);
  return (error) => {
    const shown = error instanceof GraphQLError ? error.toJSON() : { message: String((error as Error).message) };
    const code = shown.extensions?.code ?? INTERNAL;
    return format({ ...shown, extensions: { ...shown.extensions, code } }, error);
  };
}

/**
 * Whether a variable made an argument unusable, such as null for one with a default: GraphQL notices that only while it
 * executes, and points at the argument in the query. Values that a scalar cannot show point nowhere. The error is recognised by
 * its name, since a process may hold GraphQL twice.
 */
function isBadArgument(error: unknown): boolean {
  return error instanceof Error && error.name === 'GraphQLError' && (error as GraphQLError).nodes !== undefined;
}

/**
 * Whether Apollo blames the client without giving a code, for example if a persisted query does not have the hash that was sent
 * with it.
 */
function isBadRequest(error: unknown): boolean {
  const { http } = (error as Partial<GraphQLError> | null)?.extensions ?? {};
  return (http as { status?: number } | undefined)?.status === 400;
}

/** GraphQL repeats what was sent, which may be a private key. */
function withCode(formatted: GraphQLFormattedError, extensions: Record<string, unknown>): GraphQLFormattedError {
  const message = withoutPrivateKeys(formatted.message);
  return { ...formatted, message, extensions: { ...formatted.extensions, retryable: false, ...extensions } };
}

function masked(formatted: GraphQLFormattedError, error: unknown, log: Logger): GraphQLFormattedError {
  const id = currentRequest()?.id ?? randomUUID();
  log.error({ err: error, requestId: id }, 'A request failed with an unexpected error');
  const message = `An unexpected error occurred. The log of the gateway has more under the id ${id}.`;
  return { ...formatted, message, extensions: { code: INTERNAL, retryable: false, id } };
}

/** What a running request is refused with: all of its parts that still wait fail with the same error. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'BUDGET_EXCEEDED',
  'COST_EXCEEDED',
  'OVERLOADED',
  'RATE_LIMITED',
  'TIMEOUT',
]);

/**
 * Keeps the process alive when a part of a request fails that nobody waits for. If an item of a list throws at once, GraphQL
 * forgets what other items wait for, and answers the request with the error of the first. Any other unhandled rejection still
 * ends the process.
 * @returns a function that removes the handler
 */
export function forgetLateFailures(): () => void {
  const onRejection = (reason: unknown) => {
    if (!isOfRequest(reason)) throw reason;
  };
  process.on('unhandledRejection', onRejection);
  return () => void process.off('unhandledRejection', onRejection);
}

function isOfRequest(reason: unknown): boolean {
  if (reason instanceof GraphQLError) return reason.originalError instanceof BitqlError;
  return reason instanceof BitqlError && REFUSALS.has(reason.code);
}
