import { describe, expect, it } from 'vitest';
import { EventSourceClient } from '../support/event-source.ts';
import { demoGateway, post } from './support.ts';

const HASH = '00000000000000000f3db04d442e92c172691170ca47dfea5be2b9613cf0343d';

const gateway = demoGateway();

/** Filters that contain null, and its place in them. */
const NULLS: readonly (readonly [string, object | null])[] = [
  ['filter', null],
  ['filter.txids', { txids: null }],
  ['filter.address', { address: null }],
  ['filter.confirmed', { confirmed: null }],
  ['filter.coinbase', { coinbase: null, address: '1KzhCfSnJKHFFxJnFats5fPZue7ZLXMnTz' }],
  ['filter.block', { block: null }],
  ['filter.block.from', { block: { from: null, to: 400_000 } }],
  ['filter.block.to', { block: { from: 1, to: null } }],
  ['filter.time', { time: null }],
  ['filter.time.from', { time: { from: null } }],
  ['filter.time.to', { time: { to: null } }],
  ['filter.data', { data: null }],
  ['filter.data.0.pushes.0.index', { data: { pushes: { index: null, equals: { utf8: 'a' } } } }],
  ['filter.data.0.pushes.0.equals', { data: [{ pushes: [{ index: 0, equals: null }] }] }],
  [
    'filter.data.1.pushes.1.startsWith',
    { data: [{ pushes: { index: 0 } }, { pushes: [{ index: 0 }, { startsWith: null }] }] },
  ],
];

const BY_VARIABLE = 'query ($f: TransactionFilter) { transactions(filter: $f) { nodes { txid } } }';

/** A value as a GraphQL literal. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{ ${Object.entries(value)
    .map(([name, member]) => `${name}: ${literal(member)}`)
    .join(', ')} }`;
}

function told(place: string) {
  return {
    message: expect.stringContaining(`\`${place}\``),
    path: ['transactions'],
    extensions: { code: 'BAD_QUERY', retryable: false },
  };
}

describe('null', () => {
  it.each(NULLS)('is refused as `%s`, in a query and in a variable, compiled or not', async (place, filter) => {
    const inQuery = `{ transactions(filter: ${literal(filter)}) { nodes { txid } } }`;
    for (const [query, variables] of [
      [inQuery, {}],
      [BY_VARIABLE, { f: filter }],
    ] as const) {
      // It is compiled the third time.
      for (let time = 0; time < 4; time++)
        expect((await post(gateway.url, query, variables)).errors).toEqual([expect.objectContaining(told(place))]);
    }
  });

  it.each(NULLS)('is refused as `%s` when a subscription begins', async (place, filter) => {
    const client = new EventSourceClient(
      `${gateway.url}/graphql`,
      'subscription ($f: TransactionFilter) { transactions(filter: $f) { kind } }',
      { variables: { f: filter } },
    );
    await client.ended;
    expect(client.notices[0]!.errors).toMatchObject([told(place)]);
  });

  it.each([
    ['String', 'address: $v', 'filter.address'],
    ['[Hash!]', 'txids: $v', 'filter.txids'],
    ['Int', 'block: { from: 1, to: $v }', 'filter.block.to'],
    ['BytesInput', 'data: [{ pushes: [{ equals: $v }] }]', 'filter.data.0.pushes.0.equals'],
  ])('is the value of a missing variable of type %s within a condition: %s', async (type, condition, place) => {
    const query = `query ($v: ${type}) { transactions(filter: { ${condition} }) { nodes { txid } } }`;
    for (const variables of [{}, { v: null }])
      expect((await post(gateway.url, query, variables)).errors).toMatchObject([told(place)]);
    expect((await post(gateway.url, query)).errors![0]!.message).toContain('`$v` was not given');
  });

  it('is refused for a variable that has a default', async () => {
    const query =
      'query ($v: Int = 400000) { transactions(filter: { block: { to: $v } }, first: 1) { nodes { txid } } }';
    expect((await post(gateway.url, query)).data.transactions.nodes).toHaveLength(1);
  });

  it('means the same as nothing for the cursors and lengths of pages, as clients send it', async () => {
    const page = 'first: $first, after: $after, last: $last, before: $before';
    const query = `query ($first: Int, $after: Cursor, $last: Int, $before: Cursor, $hash: Hash, $height: Int, $f: TransactionFilter) {
      block(hash: $hash, height: $height) { transactions(${page}) { nodes { txid } } }
      blocks(${page}) { nodes { hash } }
      transactions(filter: $f, ${page}) { nodes { txid outputs { data { pushes(first: $last) { hex } } } } }
    }`;
    const variables = { first: 2, after: null, last: null, before: null, height: null, hash: HASH };
    for (let time = 0; time < 4; time++) {
      const { data, errors } = await post(gateway.url, query, variables);
      expect(errors).toBeUndefined();
      expect(data.transactions.nodes).toHaveLength(2);
      expect(data.block.transactions.nodes).toHaveLength(2);
    }
  });
});
