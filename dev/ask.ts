import { boundedText } from '../src/bounded-text.ts';
import { requestFailure } from '../src/failures/network.ts';
import { parsedJson } from '../src/json.ts';

const TIMEOUT_MS = 30_000;
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * The `data` of an answer of a GraphQL endpoint.
 * @throws Error where none comes in time, or one that is longer than any that is asked for here; or with the messages and codes of its errors
 */
export async function ask<T>(endpoint: string, query: string, variables: Record<string, unknown> = {}): Promise<T> {
  const text = await post(endpoint, JSON.stringify({ query, variables })).catch((error: unknown) => {
    throw new Error(`${endpoint} cannot be asked: ${requestFailure(error)}.`, { cause: error });
  });
  const answer = parsedJson(text) as Answer<T> | undefined;
  if (answer?.errors !== undefined) throw new Error(answer.errors.map(inWords).join('\n'), { cause: answer.errors });
  if (answer?.data === undefined)
    throw new Error(`${endpoint} gives no GraphQL answer: is it the address of a gateway?`);
  return answer.data;
}

interface Answer<T> {
  readonly data?: T;
  readonly errors?: readonly GraphqlError[];
}

interface GraphqlError {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

async function post(endpoint: string, body: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return boundedText(response.body, MAX_BYTES, () => new Error('it answers without an end'));
}

function inWords({ message, extensions }: GraphqlError): string {
  return extensions?.code === undefined ? message : `${message} (${extensions.code})`;
}
