import {
  ask,
  type Endpoint,
  endpointOf,
  type GraphqlAnswer,
  type GraphqlRequest,
  MOST_OF_ANSWER,
} from '../src/client/ask.ts';
import { NoAnswer, type Silence } from '../src/client/result.ts';
import { counted } from '../src/counted.ts';
import { BitqlError } from '../src/errors.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import { settings } from '../src/settings/settings.ts';
import { LOG_SETTINGS, STORE_SETTINGS } from './command-settings.ts';
import { endpointOption, noGateway } from './graphql-options.ts';
import type { Terminal } from './terminal.ts';

/** The options of commands that ask one question, of a store or of a gateway. */
export const ANSWER_OPTIONS = {
  ...STORE_SETTINGS,
  ...settings('scanBudget', 'key', 'timeout'),
  ...LOG_SETTINGS,
  endpoint: endpointOption(null, 'Queries a running gateway, instead of opening the store.'),
};

type AnswerOptions = ValuesOf<typeof ANSWER_OPTIONS>;

/** The answer to a question, errors included: of the gateway that the options name, or made here from the store. */
export async function answerTo<Data>(
  request: GraphqlRequest,
  options: AnswerOptions,
  terminal: Terminal,
): Promise<GraphqlAnswer<Data>> {
  if (options.endpoint === null) return answerFromStore(request, options, terminal);
  return fetchAnswer(request, endpointOf(options.endpoint, options.key), options.timeout);
}

/** Answers in this process, from the store. */
async function answerFromStore<Data>(
  request: GraphqlRequest,
  options: AnswerOptions,
  terminal: Terminal,
): Promise<GraphqlAnswer<Data>> {
  const [{ executeQuery }, { createLog }, { openForReading }] = await Promise.all([
    import('../src/gateway/graphql/apollo.ts'),
    import('./log.ts'),
    import('./open-store.ts'),
  ]);
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  const store = await openForReading(options.store, options.sqliteCache);
  try {
    const answer = await executeQuery(request, { store, scanBudget: options.scanBudget, log });
    return answer as GraphqlAnswer<Data>;
  } finally {
    await store.close();
  }
}

const MEBIBYTE = 1024 * 1024;

/**
 * Sends a query to a gateway or another GraphQL server. @returns its answer, errors included
 * @param seconds the longest time that the answer may take
 */
async function fetchAnswer<Data>(
  request: GraphqlRequest,
  endpoint: Endpoint,
  seconds: number,
): Promise<GraphqlAnswer<Data>> {
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
