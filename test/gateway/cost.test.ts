import fc from 'fast-check';
import { type GraphQLField, type GraphQLObjectType, getIntrospectionQuery, getNamedType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { QUESTIONS } from '../../cli/run-demo.ts';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { amount } from '../support/amount.ts';
import { PUBLISHED } from '../wallet/keys.ts';
import { demoGateway, post } from './support.ts';

const TXID = '16c38f8e3f33a7b4da41665f250164fc9121ce7d3cd99e2532add5007e44df5e';

const ADDRESS = '1KzhCfSnJKHFFxJnFats5fPZue7ZLXMnTz';

const gateway = demoGateway({ scanBudget: 1_000_000 });

const costOf = async (query: string, variables: object = {}) => {
  const { extensions } = await post(gateway.url, query, variables);
  return extensions!.cost as { requested: number; charged: number };
};

describe('the price of a query', () => {
  it.each([
    ['a field', '{ chain { network } }', {}, 100 + 2],
    ['a field with a price', '{ block(height: 357238) { hash } }', {}, 100 + 5 + 1],
    ['a page as long as it is by default', '{ transactions { nodes { txid } } }', {}, 100 + 20 + 1 + 25],
    ['a page', '{ transactions(first: 7) { nodes { txid } pageInfo { hasNextPage } } }', {}, 100 + 20 + 1 + 7 + 2],
    ['a page with edges', '{ blocks(last: 7) { edges { node { hash } } } }', {}, 100 + 20 + 1 + 7 * 2],
    ['a variable', 'query ($n: Int) { transactions(first: $n) { nodes { txid } } }', { n: 9 }, 100 + 20 + 1 + 9],
    [
      "a variable's default",
      'query ($n: Int = 3) { transactions(first: $n) { nodes { txid } } }',
      {},
      100 + 20 + 1 + 3,
    ],
    [
      'a variable that is not given',
      'query ($n: Int) { transactions(first: $n) { nodes { txid } } }',
      {},
      100 + 20 + 1 + 25,
    ],
    [
      'a list as long as one that is given',
      `query ($a: [String!]!) { addresses(addresses: $a) { address } b: addresses(addresses: ["${ADDRESS}"]) { address } }`,
      { a: Array(40).fill(ADDRESS) },
      100 + 20 + 40 + 20 + 1,
    ],
    ['a list as long as is usual', `{ transaction(txid: "${TXID}") { outputs { value } } }`, {}, 100 + 5 + 1 + 10],
    [
      'a list with null for its length',
      `{ transaction(txid: "${TXID}") { inputs(first: null) { index } } }`,
      {},
      100 + 5 + 1 + 10,
    ],
    [
      'lists in lists',
      'query ($n: Int!) { transactions(first: 10) { nodes { outputs(first: $n) { data { pushes { hex } } } } } }',
      { n: 20 },
      100 + 20 + 1 + 10 * (1 + 20 * (1 + 1 + 4)),
    ],
    [
      'a fragment, as often as it is spread',
      'query ($n: Int!) { a: transactions(first: 2) { ...A } b: transactions(first: $n) { ...A } } fragment A on TransactionConnection { nodes { txid } }',
      { n: 5 },
      100 + 20 + 1 + 2 + 20 + 1 + 5,
    ],
    ['fragments that double', doubled(4), { n: 1 }, 100 + 5 + 76],
    [
      'a fragment without a name',
      '{ chain { ... on Chain { network } ... @include(if: false) { lag } } }',
      {},
      100 + 3,
    ],
  ])('is known in advance: %s', async (_, query, variables, price) => {
    expect((await costOf(query, variables)).requested).toBe(price);
  });

  it('is in a header too', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ chain { network } }' }),
    });
    expect(response.headers.get('x-query-cost')).toBe('102');
  });

  it('is that of a whole schema, too', async () => {
    const { requested, charged } = await costOf(getIntrospectionQuery());
    const { data } = await post(gateway.url, getIntrospectionQuery());
    expect(requested).toBeGreaterThan(fieldsIn(data));
    expect(charged).toBeGreaterThanOrEqual(100 + fieldsInLists(data));
    expect(charged).toBeLessThanOrEqual(requested);
    expect(requested).toBeLessThan(20 * fieldsIn(data));
  });

  it.each(QUESTIONS.map(({ title, query }) => [title, query]))(
    'is charged as far as it was needed: %s',
    async (_, query) => {
      const { requested, charged } = await costOf(query);
      expect(charged).toBeLessThanOrEqual(requested);
      expect(charged).toBeLessThan(1_000);
    },
  );
});

const schema = createSchema();

describe('the price of any query', () => {
  it('is at least the number of fields in its answer, or further items are charged', async () => {
    await fc.assert(
      fc.asyncProperty(selections(schema.getQueryType()!, DEPTH), async (fields) => {
        const { data, errors, extensions } = await post(gateway.url, `{ ${fields} }`);
        expect(errors?.map(({ message }) => message) ?? []).toEqual([]);
        const { requested, charged } = extensions!.cost as { requested: number; charged: number };
        // Outside of lists an answer has as many fields as the query names, and those are in its price.
        expect(fieldsIn(data) - fieldsInLists(data)).toBeLessThanOrEqual(requested - 100);
        // What was read beyond the price is charged.
        expect(charged).toBeGreaterThanOrEqual(100 + fieldsInLists(data));
      }),
      { numRuns: amount({ usual: 100, long: 2_000 }) },
    );
  });
});

/** Two fields of the next level at each level: 2^depth in the end. */
function doubled(depth: number): string {
  const fragments = Array.from({ length: depth }, (_, i) => {
    const next = `outputs(first: $n) { transaction { ...F${i + 1} } }`;
    return `fragment F${i} on Transaction { ${next} ${next} }`;
  });
  const head = `query ($n: Int!) { transaction(txid: "${TXID}") { ...F0 } }`;
  return `${head} ${fragments.join(' ')} fragment F${depth} on Transaction { txid }`;
}

/** The number of fields in an answer, including those of list items. */
function fieldsIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((total: number, item) => total + fieldsIn(item), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((total: number, item) => total + 1 + fieldsIn(item), 0);
}

/** The part of them in list items. */
function fieldsInLists(value: unknown): number {
  if (Array.isArray(value)) return fieldsIn(value);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((total: number, item) => total + fieldsInLists(item), 0);
}

/** The argument that a field must have, by the name of the field. */
const ARGUMENTS: Readonly<Record<string, readonly [name: string, value: string]>> = {
  block: ['height', '357238'],
  transaction: ['txid', `"${TXID}"`],
  transactionsByIds: ['txids', `["${TXID}", "${TXID}"]`],
  output: ['txid', `"${TXID}", index: 0`],
  address: ['address', `"${ADDRESS}"`],
  at: ['height', '357238'],
  balances: ['by', 'DAY'],
  addresses: ['addresses', `["${ADDRESS}", "${ADDRESS}"]`],
  outputs: ['filter', `{ addresses: ["${ADDRESS}"] }`],
  wallet: ['xpub', `"${PUBLISHED.bip44}"`],
};

/** This gateway has no node. */
const ASKS_THE_NODE = 'testTransactions';
/** Of levels of fields. */
const DEPTH = 5;
/** Only at the root. */
const AT_ROOT = 'at';

/** Some fields of a type, with fields below them down to a depth. */
function selections(type: GraphQLObjectType, depth: number): fc.Arbitrary<string> {
  const all = Object.values(type.getFields()).filter(
    ({ name }) => name !== ASKS_THE_NODE && (name !== AT_ROOT || depth === DEPTH),
  );
  const few = fc.subarray(all, { minLength: 1, maxLength: Math.min(3, all.length) });
  return few.chain((fields) =>
    fc.tuple(...fields.map((field, i) => selection(field, `${type.name}${i}`, depth))).map((parts) => parts.join(' ')),
  );
}

function selection(field: GraphQLField<unknown, unknown>, alias: string, depth: number): fc.Arbitrary<string> {
  const type = getNamedType(field.type);
  const isList = field.args.some(({ name }) => name === 'first');
  const list = fc.option(
    fc.integer({ min: 1, max: 5 }).map((first) => `first: ${first}`),
    { nil: '' },
  );
  const [argument, value] = ARGUMENTS[field.name] ?? [];
  const isNeeded = field.args.some(({ name }) => name === argument);
  const given = isNeeded ? fc.constant(`${argument}: ${value}`) : isList ? list : fc.constant('');
  const args = given.map((text) => (text === '' ? '' : `(${text})`));
  if (!isObjectType(type)) return args.map((text) => `${field.name}${text}`);
  const below = depth === 0 ? fc.constant('__typename') : selections(type, depth - 1);
  return fc.tuple(args, below).map(([text, fields]) => `${alias}${field.name}: ${field.name}${text} { ${fields} }`);
}
