import { isJsonObject, parsedJson } from '../json.ts';
import { type AnswerLimits, fetchText } from './fetch-text.ts';
import { NoAnswer } from './result.ts';

/** A GraphQL server, and the headers of each request. */
export interface Endpoint {
  /** Without a login, which is in the headers. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** Parses an address. Its login becomes a header (Basic), unless there is a key. */
export function endpointOf(address: string, key: string | null = null): Endpoint {
  const url = new URL(address);
  const bearer: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  if (url.username === '') return { url, headers: bearer };
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, headers: { authorization: `Basic ${base64(login)}`, ...bearer } };
}

/** `btoa` only takes characters of Latin-1. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** The body of a GraphQL request over HTTP. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

/** A GraphQL answer. The server is trusted that `data` has the requested shape. */
export interface GraphqlAnswer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message?: string; readonly extensions?: { readonly code?: string } }[];
}

export interface AskOptions extends Partial<AnswerLimits> {
  /** Whether redirects are followed; headers are sent there too [follow]. */
  readonly redirect?: 'follow' | 'error';
}

/** In bytes. A gateway returns at most 64 MiB of scripts and data, as hex and within JSON. */
export const MOST_OF_ANSWER = 256 * 1024 * 1024;
const DEFAULTS = { timeoutMs: 30_000, maxBytes: MOST_OF_ANSWER };

/**
 * Sends a request to a GraphQL server, and returns its answer, which may have errors.
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
