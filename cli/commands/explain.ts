import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { BitqlError } from '../../src/errors.ts';
import { fileFailure } from '../../src/failures/system.ts';
import { type JsonObject, jsonObject } from '../../src/json.ts';
import { type Option, switchOption } from '../../src/settings/option.ts';
import { wholeNumber } from '../../src/settings/parsers.ts';
import { defineCommand, UsageError } from '../command.ts';
import { type ExplainedPlan, planLines } from '../explained-plan.ts';
import { ANSWER_OPTIONS, answerTo } from '../graphql-answer.ts';
import { type Line, linesOf, styled } from '../terminal.ts';

const QUERY = `query ($filter: TransactionFilter, $scan: Boolean!, $order: Order!, $first: Int!) {
  explainTransactions(filter: $filter, scan: $scan, order: $order, first: $first) {
    refusal { code message add }
    longChainRefusal { code message add }
    steps { depth operation index key fromHeight toHeight unconfirmed excluded rows exact }
    stepCount
    conditions
    prediction { matches rows cost budgetExhausted exact }
  }
}`;

const ORDERS = { newest: 'NEWEST_FIRST', oldest: 'OLDEST_FIRST' } as const;
const MOST_OF_PAGE = 100;

const order: Option<'NEWEST_FIRST' | 'OLDEST_FIRST'> = {
  placeholder: 'ORDER',
  fallback: ORDERS.newest,
  fallbackText: 'newest',
  expected: 'newest or oldest',
  description: 'Which transactions come first: newest or oldest.',
  environment: false,
  parse: (given) => Object.entries(ORDERS).find(([word, name]) => given === word || given === name)?.[1],
};

const first: Option<number> = {
  placeholder: 'N',
  fallback: 25,
  fallbackText: '25',
  expected: `a whole number from 1 to ${MOST_OF_PAGE}`,
  description: 'The length of the page.',
  environment: false,
  parse: wholeNumber(1, MOST_OF_PAGE),
};

export const explainFilter = defineCommand({
  name: 'explain',
  summary: 'Shows how a query of transactions would be found, and what that would take.',
  description:
    'Shows what of the index a query of transactions would read, with the number of rows, which conditions are checked on each ' +
    'transaction then, and what one page would cost. FILTER is a TransactionFilter of the schema as JSON, a file with one, or "-" for ' +
    'standard input. It reads the store itself, or asks a gateway with --endpoint. Exit code 1 if the query would be refused; ' +
    'then it says what to add.',
  argument: { placeholder: 'FILTER', required: true },
  examples: [
    [
      'bitql explain \'{ "address": "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "fee": { "gte": 1000 } }\'',
      'From ./bitql.db. The address leads, the fee is checked.',
    ],
    ['bitql explain filter.json --order oldest --first 100', 'A filter in a file, the oldest 100 matches.'],
    [
      'bitql explain \'{ "fee": { "gte": 1000 } }\' --scan --endpoint http://localhost:4000/graphql',
      'A search through all transactions, at a gateway.',
    ],
  ],
  options: {
    ...ANSWER_OPTIONS,
    order,
    first,
    scan: switchOption('Lets all transactions be examined if no index leads to the matches.'),
    json: switchOption('Prints JSON.'),
  },
  async run({ options, argument, terminal }) {
    const { order, first, scan } = options;
    const request = { query: QUERY, variables: { filter: await filterOf(argument), order, first, scan } };
    const { data, errors } = await answerTo<{ explainTransactions: ExplainedPlan | null }>(request, options, terminal);
    terminal.noteAll((errors ?? []).map(errorLine));
    const plan = data?.explainTransactions ?? null;
    if (plan === null) return 1;
    terminal.printAll(options.json ? linesOf(JSON.stringify(plan, null, 2)) : planLines(plan, first));
    return plan.refusal === null ? 0 : 1;
  },
});

function errorLine({ message, extensions }: { message?: string; extensions?: { code?: string } }): Line {
  return [styled('red', 'error'), ` ${message}${extensions?.code === undefined ? '' : ` (${extensions.code})`}`];
}

/** The filter that an argument gives or names. @throws UsageError, BitqlError BAD_SETTING */
async function filterOf(argument: string): Promise<JsonObject> {
  if (argument === '-') return parsedFilter(await text(process.stdin), 'FILTER');
  const isText = argument.trim().startsWith('{');
  return isText ? parsedFilter(argument, 'FILTER') : parsedFilter(await textOfFile(argument), argument);
}

function parsedFilter(json: string, name: string): JsonObject {
  const example = 'Write one such as { "coinbase": true }, with the names in quotes.';
  let filter: JsonObject | null;
  try {
    filter = jsonObject(json);
  } catch (error) {
    throw new UsageError([`${name} cannot be used: ${(error as Error).message}. ${example}`], 'explain');
  }
  if (filter === null) throw new UsageError([`${name} is no JSON object. ${example}`], 'explain');
  return filter;
}

async function textOfFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new BitqlError(
      'BAD_SETTING',
      `${file}, the file of the filter, cannot be read: ${fileFailure(error)}.`,
      error,
    );
  }
}
