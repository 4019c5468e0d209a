import { isJsonObject, parsedJson } from '../json.ts';

/** What a subscription is told at once: an event, or why there is none. */
export interface Result {
  /** The value of the subscription's one field; null where errors stand for it. */
  readonly event: unknown;
  readonly errors: readonly ResultError[];
}

export interface ResultError {
  readonly message: string;
  readonly code: string | undefined;
  readonly retryable: boolean;
}

/** Reads a GraphQL result; null for anything else. */
export function parseResult(json: string): Result | null {
  const result = parsedJson(json);
  if (!isJsonObject(result)) return null;
  const { data = null, errors = [] } = result;
  if (!(data === null || isJsonObject(data)) || !Array.isArray(errors) || (data === null && errors.length === 0))
    return null;
  const [event = null] = Object.values(data ?? {});
  return { event, errors: errors.map(errorOf) };
}

function errorOf(error: unknown): ResultError {
  const { message, extensions } = isJsonObject(error) ? error : {};
  const { code, retryable } = isJsonObject(extensions) ? extensions : {};
  return {
    message: typeof message === 'string' ? message : 'The gateway gives no reason.',
    code: typeof code === 'string' ? code : undefined,
    retryable: retryable === true,
  };
}
