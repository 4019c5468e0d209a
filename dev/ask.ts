import { boundedText } from '../src/bounded-text.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * The `data` of an answer of a GraphQL endpoint.
 * @throws Error where it is longer than any that is asked for here, or does not come in time; or with the errors of the answer, as JSON
 */
export async function ask<T>(endpoint: string, query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const text = await boundedText(response.body, MAX_BYTES, () => new Error(`the answer of ${endpoint} does not end`));
  const { data, errors } = JSON.parse(text) as { data: T; errors?: { message: string }[] };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
