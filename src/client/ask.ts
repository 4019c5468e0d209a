import { isJsonObject, parsedJson } from '../json.ts';
import type { Endpoint } from './endpoint.ts';
import { NoAnswer } from './failures.ts';
import { type AnswerLimits, fetchText } from './fetch-text.ts';

/** A GraphQL request, as it goes over HTTP. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** An answer as GraphQL has it; whether `data` is what was asked for is up to the server. */
export interface GraphqlAnswer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message?: string; readonly extensions?: { readonly code?: string } }[];
}

export interface AskOptions extends Partial<AnswerLimits> {
  /** Whether redirects are followed: what goes along with the request goes there too [follow]. */
  readonly redirect?: 'follow' | 'error';
}

/** In bytes: a gateway gives 64 MiB of scripts and data at most, as hex and within JSON. */
export const MOST_OF_ANSWER = 256 * 1024 * 1024;
const DEFAULTS = { timeoutMs: 30_000, maxBytes: MOST_OF_ANSWER };

/**
 * Asks a GraphQL server. The answer is what it says, errors included.
 * @param options limits of the answer [30 s, 256 MiB]
 * @throws NoAnswer; the reason of the signal
 */
export async function ask<Data>(
  { url, headers }: Endpoint,
  request: GraphqlRequest,
  { redirect = 'follow', ...limits }: AskOptions = {},
): Promise<GraphqlAnswer<Data>> {
  const init = {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(request),
    redirect,
  };
  const { status, text } = await fetchText(url, init, { ...DEFAULTS, ...limits });
  const answer = parsedJson(text);
  const isAnswer = isJsonObject(answer) && ('data' in answer || 'errors' in answer);
  if (!isAnswer) throw new NoAnswer('no GraphQL', `HTTP ${status}`);
  return answer as GraphqlAnswer<Data>;
}
