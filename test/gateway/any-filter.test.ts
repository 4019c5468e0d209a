import fc from 'fast-check';
import {
  type DocumentNode,
  execute,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  print,
  type ValueNode,
  validate,
  valueFromASTUntyped,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompiledOperations } from '../../src/gateway/graphql/compilation/compiled-operations.ts';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { RequestContext } from '../../src/gateway/resolvers/context.ts';
import type { ListPage } from '../../src/query/list.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { amount } from '../support/amount.ts';
import { AskedChain, type Reading, walk } from '../support/asked-chain.ts';
import { filterLiteral } from '../support/filter-literal.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { SILENT } from './support.ts';

const RUNS = amount({ usual: 100, long: 10_000 });
const BLOCKS = 25;
/** Enough for all postings of the chain. */
const MUCH = 100_000;
const SIGHTINGS_BEFORE = 2;

const schema = createSchema();

const CONNECTION = '{ edges { node { txid } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }';
const WITH_VARIABLES = `query ($filter: TransactionFilter, $order: Order!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  transactions(filter: $filter, order: $order, first: $first, after: $after, last: $last, before: $before) ${CONNECTION}
}`;
const withLiteral = (
  filter: ValueNode,
) => `query ($order: Order!, $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
  transactions(filter: ${print(filter)}, order: $order, first: $first, after: $after, last: $last, before: $before) ${CONNECTION}
}`;

interface Found {
  readonly txid: string;
}

type Variables = Readonly<Record<string, unknown>>;
type Answerer = (variables: Variables, context: RequestContext) => ReturnType<typeof execute>;

describe('any filter, asked in GraphQL', () => {
  let store: ChainStore;
  let chain: AskedChain;

  beforeAll(async () => {
    store = await temporaryStore();
    chain = await AskedChain.index(store, BLOCKS);
  });

  afterAll(() => store.close());

  const contextWith = (scanBudget: number) => new RequestContext({ store, scanBudget, log: SILENT });

  async function readWith(answer: Answerer, { order, fromBack, size, rows }: Reading, others: Variables) {
    const pageWith = async (args: Variables, budget: number) => {
      const sent = { order, first: null, after: null, last: null, before: null, ...others, ...args };
      return answer(sent, contextWith(budget));
    };
    const nodes = await walk<Found>(
      async (args) => {
        const { data, errors } = await pageWith({ ...args }, rows);
        if (errors === undefined) return pageOf(data);
        expect(errors).toMatchObject([{ originalError: { code: 'BUDGET_EXCEEDED' } }]);
        return pageOf((await pageWith({ ...args }, MUCH)).data);
      },
      size,
      fromBack,
    );
    return nodes.map(({ txid }) => txid);
  }

  it(
    'finds what it says of each transaction, as a variable and as a literal, compiled and not',
    async () => {
      const compiled = new CompiledOperations(schema);
      const ways = { 'variable, compiled': 0, 'literal, compiled': 0 };
      const byVariable = await answerers(WITH_VARIABLES, compiled, contextWith);
      await fc.assert(
        fc.asyncProperty(chain.readingOf([1, 40, 10_000]), async (reading) => {
          const expected = chain.expected(reading.filter, reading.order);
          const literal = filterLiteral(reading.filter);
          const filter = valueFromASTUntyped(literal);
          expect(await readWith(byVariable.usual, reading, { filter }), 'variable').toEqual(expected);
          if (byVariable.compiled !== null) {
            ways['variable, compiled'] += 1;
            expect(await readWith(byVariable.compiled, reading, { filter }), 'variable, compiled').toEqual(expected);
          }
          const byLiteral = await answerers(withLiteral(literal), compiled, contextWith);
          expect(await readWith(byLiteral.usual, reading, {}), 'literal').toEqual(expected);
          if (byLiteral.compiled === null) return;
          ways['literal, compiled'] += 1;
          expect(await readWith(byLiteral.compiled, reading, {}), 'literal, compiled').toEqual(expected);
        }),
        { numRuns: RUNS },
      );
      // Bytes as constants are not compiled.
      expect(ways['variable, compiled']).toBeGreaterThanOrEqual(RUNS);
      expect(ways['literal, compiled']).toBeGreaterThan(RUNS / 4);
    },
    60_000 + RUNS * 2_000,
  );
});

/** How graphql-js answers a query, and how compiled code does; null if there is none. */
async function answerers(
  query: string,
  operations: CompiledOperations,
  contextWith: (rows: number) => RequestContext,
): Promise<{ usual: Answerer; compiled: Answerer | null }> {
  const document: DocumentNode = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const operation = getOperationAST(document) as OperationDefinitionNode;
  const call = (variables: Variables, contextValue: RequestContext) =>
    operations.execute({ document, operation, variables, contextValue });
  const first = { order: 'NEWEST_FIRST', first: 1, after: null, last: null, before: null, filter: {} };
  const sent = query === WITH_VARIABLES ? first : { ...first, filter: undefined };
  for (let i = 0; i < SIGHTINGS_BEFORE; i++) expect(await call(sent, contextWith(MUCH))).toBeNull();
  const isCompiled = (await call(sent, contextWith(MUCH))) !== null;
  return {
    usual: (variableValues, contextValue) => execute({ schema, document, variableValues, contextValue }),
    compiled: isCompiled ? async (variables, context) => (await call(variables, context))! : null,
  };
}

function pageOf(data: unknown): ListPage<Found> {
  return (data as { transactions: ListPage<Found> }).transactions;
}
