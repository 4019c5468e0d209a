import { GraphQLError } from 'graphql';
import { BitqlError, type ErrorCode } from '../../errors.ts';

/** What a request is refused with that is under way: all of it that still waits fails by the same. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  'BUDGET_EXCEEDED',
  'COST_EXCEEDED',
  'OVERLOADED',
  'RATE_LIMITED',
  'TIMEOUT',
]);

/**
 * Keeps the process alive where parts of a request fail that nobody waits for any more: where an item of a list throws at once, GraphQL
 * forgets what other items wait for, and the request is answered with the error of the first. Whatever else fails unheard still
 * ends the process.
 * @returns ends that
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
