import type { GraphqlRequest } from '../../src/client/ask.ts';
import type { JsonObject } from '../../src/json.ts';
import { defineCommand } from '../command.ts';
import { ANSWER_OPTIONS, answerTo } from '../graphql-answer.ts';
import { graphqlText, VARIABLES_OPTION } from '../graphql-options.ts';
import { linesOf } from '../terminal.ts';

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
  options: { ...ANSWER_OPTIONS, variables: VARIABLES_OPTION },
  async run({ options, argument, terminal }) {
    const request = await requestOf(argument, options.variables);
    const answer = await answerTo(request, options, terminal);
    terminal.printAll(linesOf(JSON.stringify(answer, null, 2)));
    return answer.errors === undefined ? 0 : 1;
  },
});

async function requestOf(argument: string, variables: JsonObject | null): Promise<GraphqlRequest> {
  const query = await graphqlText(argument, 'query');
  return variables === null ? { query } : { query, variables };
}
