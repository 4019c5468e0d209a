import fc from 'fast-check';
import { execute, type GraphQLError, getIntrospectionQuery, getOperationAST, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BitqlError } from '../../src/errors.ts';
import { CompiledOperations } from '../../src/gateway/graphql/compilation/compiled-operations.ts';
import { showErrors } from '../../src/gateway/graphql/errors.ts';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { AnswerMemory } from '../../src/gateway/limits/memory.ts';
import { type Backend, RequestContext } from '../../src/gateway/resolvers/context.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { amount } from '../support/amount.ts';
import { queryOf, type ValuesOf } from '../support/random-query.ts';
import { demoStore, SILENT } from './support.ts';

const HEIGHT = 357_238;
const BLOCK_HASH = '00000000000000000f3db04d442e92c172691170ca47dfea5be2b9613cf0343d';
const TXID = '16c38f8e3f33a7b4da41665f250164fc9121ce7d3cd99e2532add5007e44df5e';
const DATA_TXID = '6399364a1a238e1ae495d26274548ee8dede0d12a14f378bfe020a367764f3d2';

const RUNS = amount({ usual: 60, long: 1_000 });

/** For each scalar and enum, some values that find something, and some that are mistakes. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  Int: [HEIGHT, 1, 3, 0],
  Hash: [TXID, DATA_TXID, BLOCK_HASH],
  Hex: ['626c6b43495445', '', '00'],
  String: ['1KzhCfSnJKHFFxJnFats5fPZue7ZLXMnTy', 'blkCITE', 'x'],
  Boolean: [true, false],
  Order: ['NEWEST_FIRST', 'OLDEST_FIRST'],
  Interval: ['BLOCK', 'DAY', 'WEEK', 'MONTH'],
  Moment: [1_432_109_098, '2015-05-20'],
};
const valuesOf: ValuesOf = (type) => VALUES[type] ?? null;

const schema = createSchema();
const showError = showErrors(SILENT);

describe('a compiled operation', () => {
  let store: ChainStore;
  let backend: Backend;

  beforeAll(async () => {
    store = await demoStore();
    backend = { store, scanBudget: 1_000, log: SILENT };
  });

  afterAll(() => store.close());

  /** The answers of graphql-js and of compiled code; null if it leaves the query to graphql-js. */
  async function bothAnswers(query: string, variables: Readonly<Record<string, unknown>>) {
    const document = parse(query);
    expect(validate(schema, document)).toEqual([]);
    const operation = getOperationAST(document)!;
    const compiled = new CompiledOperations(schema);
    const run = () => compiled.execute({ document, operation, variables, contextValue: new RequestContext(backend) });
    expect([await run(), await run()]).toEqual([null, null]);
    const contextValue = new RequestContext(backend);
    const usual = await execute({ schema, document, variableValues: variables, contextValue });
    return [usual, await run()].map((result) => (result === null ? null : shownAnswer(result)));
  }

  it.each([
    ['{ chain { network tip { height hash } nodeTip { height } coverage { from to } split { status } } }'],
    [
      `{ block(height: ${HEIGHT}) { hash date transactions(first: 50) { nodes { ...T } edges { cursor node { ...T } } } } }
      fragment T on Transaction { txid fee inputs { spentOutput { address } } outputs { value address data { pushes { utf8 } } } }`,
    ],
    ['query ($h: Hash) { block(hash: $h) { hash } }', { h: BLOCK_HASH }],
    [
      'query ($h: Hash!) { transaction(txid: $h) { txid outputs { spentBy { index transaction { txid } } } } }',
      { h: TXID },
    ],
    ['query ($n: Int, $c: Cursor) { blocks(first: $n, after: $c) { nodes { hash } } }', { n: 1 }],
    ['query ($n: Int, $c: Cursor) { blocks(first: $n, after: $c) { nodes { hash } } }', { n: 1, c: null }],
    ['query ($f: TransactionFilter) { transactions(filter: $f) { nodes { txid } } }', { f: { txids: TXID } }],
    [
      'query ($p: BytesInput!) { transactions(filter: { data: { pushes: { startsWith: $p } } }) { nodes { txid } } }',
      { p: { utf8: 'blk' } },
    ],
    ['{ transactions(filter: { data: [{ pushes: [{ startsWith: { utf8: "blkCITE" } }] }] }) { nodes { txid } } }'],
    ['{ mempool { count histogram { feeRateFrom } } __typename }'],
    ['{ __schema { queryType { name } } __type(name: "Block") { fields { name type { name } } } }'],
    ['{ transactions(first: 0) { nodes { txid } } chain { network } }'],
    ['{ transactions { nodes { inputs(first: 0) { index } } } }'],
    [
      `{ address(address: "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a") { type } block(height: -1) { hash } }`,
    ],
    ['{ transactions(first: 100) { nodes { outputs { spentBy { index } } } } }'],
    ['{ transactions(after: "bm8gY3Vyc29y") { nodes { txid } } }'],
  ] as [string, Record<string, unknown>?][])('says what graphql-js says: %s', async (query, variables = {}) => {
    const [usual, compiled] = await bothAnswers(query, variables);
    expect(compiled).toEqual(usual);
    expect(JSON.stringify(compiled)).toBe(JSON.stringify(usual));
  });

  it('says of the schema what graphql-js says', async () => {
    const [usual, compiled] = await bothAnswers(getIntrospectionQuery(), {});
    expect(JSON.stringify(compiled)).toBe(JSON.stringify(usual));
  });

  it.each([
    ['a constant that JSON cannot hold', `{ block(hash: "${BLOCK_HASH}") { hash } }`],
    ['conditions', 'query ($c: Boolean!) { chain { network @include(if: $c) } }', { c: true }],
    ['a variable that may lack a value', 'query ($o: Order) { blocks(order: $o) { nodes { hash } } }', { o: null }],
    [
      'a variable in a constant',
      'query ($h: Int) { transactions(filter: { block: { from: $h } }) { nodes { txid } } }',
    ],
    ['many fields', `{ chain { ${Array.from({ length: 251 }, (_, i) => `f${i}: lag`).join(' ')} } }`],
    ['bad variables', 'query ($h: Hash!) { transaction(txid: $h) { txid } }', { h: 12 }],
    [
      'bad variables of ours',
      'query ($p: BytesInput!) { transactions(filter: { data: { pushes: { equals: $p } } }) { nodes { txid } } }',
      { p: { utf8: 'a', hex: '61' } },
    ],
  ] as [string, string, Record<string, unknown>?][])('is none with %s', async (_, query, variables = {}) => {
    expect((await bothAnswers(query, variables))[1]).toBeNull();
  });

  it('is refused as others are where what it tells of the schema is too much', async () => {
    const parts = Array.from(
      { length: 20 },
      (_, i) => `a${i}: __schema { types { fields { args { type { name } } } } }`,
    );
    const document = parse(`{ ${parts.join(' ')} }`);
    const operation = getOperationAST(document)!;
    const compiled = new CompiledOperations(schema);
    const refusals = [];
    for (let sighting = 0; sighting < 4; sighting++) {
      const contextValue = new RequestContext({ ...backend, memory: new AnswerMemory(1) });
      const result = await compiled.execute({ document, operation, variables: {}, contextValue });
      refusals.push(result?.errors?.map(({ originalError }) => (originalError as BitqlError).code));
    }
    expect(refusals.map((codes) => codes?.[0])).toEqual([undefined, undefined, 'OVERLOADED', 'OVERLOADED']);
  });

  it('says what graphql-js says to any query', async () => {
    let compiledOnes = 0;
    await fc.assert(
      fc.asyncProperty(queryOf(schema, valuesOf), async ({ query, variables }) => {
        const [usual, compiled] = await bothAnswers(query, variables);
        if (compiled == null) return;
        compiledOnes += 1;
        expect(JSON.stringify(compiled.data)).toBe(JSON.stringify(usual!.data));
        // With several errors, the first one to occur decides which of them makes the whole answer null.
        const shown = usual!.data === null ? { data: null } : usual;
        expect(compiled).toMatchObject(shown!);
      }),
      { numRuns: RUNS },
    );
    expect(compiledOnes).toBeGreaterThan(RUNS / 4);
  });
});

/** The answer as a client gets it; errors are sorted by path, since fields fail in any order. */
function shownAnswer({ data, errors = [] }: { data?: unknown; errors?: readonly GraphQLError[] }) {
  const sorted = errors.map(showError).sort((a, b) => (String(a.path) < String(b.path) ? -1 : 1));
  return JSON.parse(JSON.stringify({ data, errors: sorted })) as { data: unknown; errors: unknown };
}
