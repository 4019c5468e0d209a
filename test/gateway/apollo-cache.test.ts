import { ApolloClient, gql, HttpLink } from '@apollo/client';
import { isNonNullType, isObjectType } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { until } from '../../dev/until.ts';
import { createCache, typePolicies } from '../../docs/examples/apollo-cache.ts';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { serve, type TestGateway } from './support.ts';

const ROOTS = ['Query', 'Mutation', 'Subscription'];

describe('the key fields of the cache', () => {
  const types = createSchema().getTypeMap();
  const objects = Object.values(types)
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__') && !ROOTS.includes(name));

  it('cover exactly the types of the schema', () => {
    const said = Object.keys(typePolicies).filter((name) => !ROOTS.includes(name));
    expect(said.sort()).toEqual(objects.map(({ name }) => name).sort());
    for (const name of said) expect(typePolicies[name]).toHaveProperty('keyFields');
  });

  it.each(objects.map((type) => [type.name, type] as const))('of %s fit it', (name, type) => {
    const { keyFields, fields = {} } = typePolicies[name]!;
    const known = type.getFields();
    for (const field of keyFields === false ? [] : (keyFields as string[])) {
      expect(isNonNullType(known[field]?.type), `${name}.${field}`).toBe(true);
    }
    for (const field of Object.keys(fields)) expect(known).toHaveProperty(field);
    // Apollo Client would use these as cache keys.
    expect(known).not.toHaveProperty('id');
    expect(known).not.toHaveProperty('_id');
  });

  it('lists that come in pages are joined, separately for all arguments that choose their content', () => {
    for (const [typeName, type] of Object.entries(types)) {
      if (!isObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        if (!String(field.type).includes('Connection')) continue;
        const policy = (typePolicies[typeName]!.fields as Record<string, { keyArgs?: unknown }>)[field.name]!;
        const choosing = field.args
          .map(({ name }) => name)
          .filter((name) => !['first', 'after', 'last', 'before'].includes(name));
        expect([policy.keyArgs].flat().filter((name) => name !== false)).toEqual(choosing);
      }
    }
  });
});

describe('the cache', () => {
  let chain: MovingChain;
  let gateway: TestGateway;
  let client: ApolloClient;
  const warn = vi.spyOn(console, 'warn');
  const error = vi.spyOn(console, 'error');

  beforeEach(async () => {
    warn.mockClear();
    error.mockClear();
    chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
    gateway = await serve(chain.store);
    const link = new HttpLink({ uri: `${gateway.url}/graphql` });
    client = new ApolloClient({ cache: createCache(), link, devtools: { enabled: false } });
  });

  afterEach(async () => {
    client.stop();
    await gateway.close();
    await chain.close();
    expect([...warn.mock.calls, ...error.mock.calls]).toEqual([]);
  });

  it('joins pages, and starts the list again with its first page', async () => {
    await chain.commit({ connect: [[], [], [], [], []] });
    const query = gql`
      query Blocks($after: Cursor) {
        blocks(first: 2, after: $after) {
          edges { cursor node { hash height } }
          pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
        }
      }
    `;
    type Page = { blocks: { edges: { node: { height: number } }[]; pageInfo: { endCursor: string } } };
    const list = client.watchQuery<Page>({ query });
    const subscription = list.subscribe({});
    const cached = () => client.readQuery<Page>({ query })?.blocks;
    const heights = () => cached()!.edges.map(({ node }) => node.height);
    await until('the first page', () => cached() !== undefined);
    for (let pages = 1; pages < 3; pages++) {
      await list.fetchMore({ variables: { after: cached()!.pageInfo.endCursor } });
    }
    expect(heights()).toEqual([5, 4, 3, 2, 1, 0]);
    await chain.commit({ connect: [[]] });
    await list.refetch();
    expect(heights()).toEqual([6, 5]);
    subscription.unsubscribe();
  });

  it('keeps one object for a transaction, with the fields that each query asked for', async () => {
    const script = dataScript([new TextEncoder().encode('hello')]);
    const made = chain.make([{ txid: new Uint8Array(32).fill(7), index: 0 }], [{ value: 1, script }]);
    await chain.commit({ arrive: [made] });
    const first = gql`{
      transactions(first: 1) {
        edges { cursor node { txid confirmations outputs { index value data { pushCount pushes { utf8 } } } } }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
      }
    }`;
    const second = gql`{
      blocks(first: 1) {
        edges { cursor node { hash transactions(last: 1) {
          edges { cursor node { txid confirmations outputs { index type data { pushes { hex } } } } }
          pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
        } } }
        pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
      }
    }`;
    await client.query({ query: first });
    const cached = () =>
      client.readQuery<{ transactions: { edges: { node: { confirmations: number; outputs: object[] } }[] } }>({
        query: first,
      })!.transactions.edges[0]!.node;
    expect(cached().confirmations).toBe(0);
    await chain.commit({ connect: [[made]] });
    await client.query({ query: second });
    expect(cached()).toMatchObject({
      confirmations: 1,
      outputs: [{ value: 1, data: { pushes: [{ utf8: 'hello' }] } }],
    });
  });
});
