import { endpointOf, type GraphqlRequest } from '../../src/client/ask.ts';
import type { JsonObject } from '../../src/json.ts';
import type { ValuesOf } from '../../src/settings/option.ts';
import { settings } from '../../src/settings/settings.ts';
import { defineCommand } from '../command.ts';
import { LOG_SETTINGS, STORE_SETTINGS } from '../command-settings.ts';
import { endpointOption } from '../endpoint.ts';
import { graphqlText, VARIABLES_OPTION } from '../graphql-argument.ts';
import { linesOf } from '../line.ts';
import type { Terminal } from '../terminal.ts';

const endpoint = endpointOption(null, 'Queries a running gateway, instead of opening the store.');

const OPTIONS = {
  ...STORE_SETTINGS,
  ...settings('scanBudget', 'key', 'timeout'),
  ...LOG_SETTINGS,
  endpoint,
  variables: VARIABLES_OPTION,
};

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

async function answerTo(
  request: GraphqlRequest,
  options: ValuesOf<typeof OPTIONS>,
  terminal: Terminal,
): Promise<object> {
  if (options.endpoint === null) {
    const { answerFromStore } = await import('../local-query.ts');
    return answerFromStore(request, options, terminal);
  }
  const { fetchAnswer } = await import('../remote-query.ts');
  return fetchAnswer(request, endpointOf(options.endpoint, options.key), options.timeout);
}
