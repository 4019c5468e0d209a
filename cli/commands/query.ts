import { ask, type Endpoint, endpointOf, type GraphqlRequest, MOST_OF_ANSWER } from '../../src/client/ask.ts';
import { NoAnswer, type Silence } from '../../src/client/result.ts';
import { counted } from '../../src/counted.ts';
import { BitqlError } from '../../src/errors.ts';
import type { JsonObject } from '../../src/json.ts';
import type { ValuesOf } from '../../src/settings/option.ts';
import { settings } from '../../src/settings/settings.ts';
import { defineCommand } from '../command.ts';
import { LOG_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';
import { endpointOption, graphqlText, noGateway, VARIABLES_OPTION } from '../graphql-options.ts';
import { linesOf, type Terminal } from '../terminal.ts';

const endpoint = endpointOption(null, 'Queries a running gateway, instead of opening the store.');

const OPTIONS = {
  ...STORE_SETTINGS,
  ...settings('scanBudget', 'key', 'timeout'),
  ...LOG_SETTINGS,
  endpoint,
  variables: VARIABLES_OPTION,
};

type QueryOptions = ValuesOf<typeof OPTIONS>;

export const query = defineCommand({
  name: 'query',
  summary: 'Answers one GraphQL query from a store or a gateway.',
  description:
    'Answers one GraphQL query and prints the answer as JSON. It reads the store itself, or queries a gateway with ' +
    '--endpoint. Exit code 1 if the answer has errors.',
  argument: { placeholder: 'GRAPHQL', required: true },
  examples: [
    ["bitql query '{ chain { network tip { height hash } } }'", 'From ./bitql.db.'],
    [
      'bitql query - --endpoint http://localhost:4000/graphql < query.graphql',
      'The query from standard input, to a gateway.',
    ],
    ["bitql query 'query($h: Int) { block(height: $h) { hash } }' --variables '{ \"h\": 357238 }'", 'With variables.'],
  ],
  options: OPTIONS,
  async run({ options, argument, terminal }) {
    const request = await requestOf(argument, options.variables);
    const answer: { readonly errors?: unknown } = await answerTo(request, options, terminal);
    terminal.print(...linesOf(JSON.stringify(answer, null, 2)));
    return answer.errors === undefined ? 0 : 1;
  },
});

async function requestOf(argument: string, variables: JsonObject | null): Promise<GraphqlRequest> {
  const query = await graphqlText(argument, 'query');
  return variables === null ? { query } : { query, variables };
}

async function answerTo(request: GraphqlRequest, options: QueryOptions, terminal: Terminal): Promise<object> {
  if (options.endpoint === null) {
    return answerFromStore(request, options, terminal);
  }
  return fetchAnswer(request, endpointOf(options.endpoint, options.key), options.timeout);
}

/** Answers in this process, from the store. */
export async function answerFromStore(
  request: GraphqlRequest,
  options: QueryOptions,
  terminal: Terminal,
): Promise<object> {
  const [{ executeQuery }, { createLog }, { openForReading }] = await Promise.all([
    import('../../src/gateway/graphql/apollo.ts'),
    import('../log.ts'),
    import('../open-store.ts'),
  ]);
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  const store = await openForReading(options.store, options.sqliteCache);
  try {
    return await executeQuery(request, { store, scanBudget: options.scanBudget, log });
  } finally {
    await store.close();
  }
}

const MEBIBYTE = 1024 * 1024;

/**
 * Sends a query to a gateway or another GraphQL server. @returns its answer, errors included
 * @param seconds the longest time that the answer may take
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
