import { executeQuery, type GraphqlRequest } from '../../gateway/execute.ts';
import type { ValuesOf } from '../../settings/option.ts';
import { settings } from '../../settings/settings.ts';
import { defineCommand } from '../command.ts';
import { endpointOf, endpointOption } from '../endpoint.ts';
import { graphqlText, type JsonObject, VARIABLES } from '../graphql-argument.ts';
import { createLog } from '../log.ts';
import { openForReading } from '../open-store.ts';
import { fetchAnswer } from '../remote-query.ts';
import { LOG_SETTINGS, STORE_SETTINGS } from '../services.ts';
import type { Terminal } from '../terminal.ts';

const endpoint = endpointOption(null, 'Asks a gateway that runs, instead of opening the store.');

const OPTIONS = {
  ...STORE_SETTINGS,
  ...settings('scanBudget', 'key'),
  ...LOG_SETTINGS,
  endpoint,
  variables: VARIABLES,
};

export const query = defineCommand({
  name: 'query',
  summary: 'Answers one GraphQL query from a store or a gateway.',
  description:
    'Answers one GraphQL query and prints the answer as JSON. It reads the store itself, or asks a gateway with ' +
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
    const answer = await (options.endpoint === null
      ? answerFromStore(request, options, terminal)
      : fetchAnswer(request, endpointOf(options.endpoint, options.key)));
    terminal.print(JSON.stringify(answer, null, 2));
    return 'errors' in answer && answer.errors !== undefined ? 1 : 0;
  },
});

async function requestOf(argument: string, variables: JsonObject | null): Promise<GraphqlRequest> {
  const query = await graphqlText(argument, 'query');
  return variables === null ? { query } : { query, variables };
}

async function answerFromStore(
  request: GraphqlRequest,
  options: ValuesOf<typeof OPTIONS>,
  terminal: Terminal,
): Promise<object> {
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  const store = await openForReading(options.store, options.sqliteCache);
  try {
    return await executeQuery(request, { store, scanBudget: options.scanBudget, log });
  } finally {
    await store.close();
  }
}
