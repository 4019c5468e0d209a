import { boundedText } from '../../../src/bounded-text.ts';
import { BitqlError } from '../../../src/errors.ts';
import { requestFailure } from '../../../src/failures/network.ts';
import { isJsonObject, parsedJson } from '../../../src/json.ts';

export interface GraphqlEndpoint {
  readonly url: string;
  readonly apiKey: string | null;
}

export interface GraphqlQuery {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** An answer as GraphQL has it; whether `data` is what was asked for is up to the server. */
export interface GraphqlAnswer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message?: string; readonly extensions?: { readonly code?: string } }[];
}

const DEADLINE_MS = 15_000;
const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Asks a GraphQL server. Redirects are not followed: the address is the user's, what it redirects to is not, and the API key goes with it.
 * @throws TIMEOUT where nothing comes that is GraphQL, or too much
 */
export async function ask<Data>(
  { url, apiKey }: GraphqlEndpoint,
  query: GraphqlQuery,
  signal: AbortSignal,
): Promise<GraphqlAnswer<Data>> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }),
  };
  const until = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const { origin, pathname } = new URL(url);
  try {
    const body = JSON.stringify(query);
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'error', signal: until });
    return parse<Data>(await boundedText(response.body, MAX_BYTES, tooLong), response.status);
  } catch (error) {
    throw new BitqlError(
      'TIMEOUT',
      `${origin}${pathname} does not return a GraphQL answer: ${requestFailure(error)}.`,
      error,
    );
  }
}

function tooLong(): Error {
  return new Error(`it is longer than ${MAX_BYTES} bytes`);
}

function parse<Data>(text: string, status: number): GraphqlAnswer<Data> {
  const answer = parsedJson(text);
  const isAnswer = isJsonObject(answer) && ('data' in answer || 'errors' in answer);
  if (!isAnswer) throw new Error(`HTTP ${status}`);
  return answer as GraphqlAnswer<Data>;
}
