import { boundedText } from '../src/bounded-text.ts';
import { counted } from '../src/counted.ts';
import { BitqlError } from '../src/errors.ts';
import { requestFailure } from '../src/failures/network.ts';
import type { GraphqlRequest } from '../src/gateway/graphql/execute.ts';
import { isJsonObject, parsedJson } from '../src/json.ts';
import type { Endpoint } from './endpoint.ts';

const MEBIBYTE = 1024 * 1024;
/** A gateway gives 64 MiB of scripts and data at most, as hex and within JSON. */
const MAX_ANSWER_BYTES = 256 * MEBIBYTE;

/**
 * Sends a query to a gateway, or any other GraphQL server. The answer is what it says, errors included.
 * @param seconds in which it has to be there
 */
export async function fetchAnswer(request: GraphqlRequest, endpoint: Endpoint, seconds: number): Promise<object> {
  const { status, body } = await post(request, endpoint, seconds);
  const answer = parse(body);
  if (answer !== null) return answer;
  throw new BitqlError(
    'BAD_SETTING',
    `${endpoint.url.href} does not return a GraphQL answer (HTTP ${status}). Is it the URL of a GraphQL endpoint, with its path?`,
  );
}

async function post(
  request: GraphqlRequest,
  { url, headers: own }: Endpoint,
  seconds: number,
): Promise<{ status: number; body: string }> {
  const headers = { ...own, 'content-type': 'application/json', accept: 'application/json' };
  const signal = AbortSignal.timeout(seconds * 1_000);
  try {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(request), signal });
    return { status: response.status, body: await boundedText(response.body, MAX_ANSWER_BYTES, () => endless(url)) };
  } catch (error) {
    if (error instanceof BitqlError) throw error;
    if (signal.aborted) throw late(url, seconds);
    throw new BitqlError(
      'BAD_SETTING',
      `No gateway answers at ${url.origin}: ${requestFailure(error)}. Start one with "bitql serve".`,
      error,
    );
  }
}

function late(url: URL, seconds: number): BitqlError {
  return new BitqlError(
    'TIMEOUT',
    `${url.href} did not answer within ${counted(seconds, 'second')}: ask for less at once, or increase --timeout.`,
  );
}

function endless(url: URL): BitqlError {
  return new BitqlError(
    'BAD_SETTING',
    `${url.href} answers with more than ${MAX_ANSWER_BYTES / MEBIBYTE} MiB, which no gateway does. Is it the URL of a GraphQL endpoint?`,
  );
}

function parse(body: string): object | null {
  const answer = parsedJson(body);
  return isJsonObject(answer) && ('data' in answer || 'errors' in answer) ? answer : null;
}
