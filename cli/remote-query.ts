import { ask, type Endpoint, type GraphqlRequest, MOST_OF_ANSWER } from '../src/client/ask.ts';
import { NoAnswer, type Silence } from '../src/client/result.ts';
import { counted } from '../src/counted.ts';
import { BitqlError } from '../src/errors.ts';
import { noGateway } from './no-gateway.ts';

const MEBIBYTE = 1024 * 1024;

/**
 * Sends a query to a gateway, or any other GraphQL server. The answer is what it says, errors included.
 * @param seconds in which it has to be there
 */
export async function fetchAnswer(request: GraphqlRequest, endpoint: Endpoint, seconds: number): Promise<object> {
  try {
    return await ask(endpoint, request, { timeoutMs: seconds * 1_000 });
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    throw EXPLAINED[error.silence](error, endpoint.url, seconds);
  }
}

const EXPLAINED: Readonly<Record<Silence, (because: NoAnswer, url: URL, seconds: number) => BitqlError>> = {
  unreachable: (because, url) => new BitqlError('BAD_SETTING', noGateway(url, because.cause), because),
  late: (_, url, seconds) =>
    new BitqlError(
      'TIMEOUT',
      `${url.href} did not answer within ${counted(seconds, 'second')}: ask for less at once, or increase --timeout.`,
    ),
  'too long': (_, url) =>
    new BitqlError(
      'BAD_SETTING',
      `${url.href} answers with more than ${MOST_OF_ANSWER / MEBIBYTE} MiB, which no gateway does. Is it the URL of a GraphQL endpoint?`,
    ),
  'no GraphQL': ({ message }, url) =>
    new BitqlError(
      'BAD_SETTING',
      `${url.href} does not return a GraphQL answer (${message}). Is it the URL of a GraphQL endpoint, with its path?`,
    ),
};
