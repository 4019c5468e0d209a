import { Kind, type OperationDefinitionNode, parse, print, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { startDev } from '../../dev/start-dev.ts';
import { DEFAULT_QUERY } from '../../src/gateway/graphiql/default-query.ts';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { TrustedDocuments } from '../../src/gateway/requests/trusted-documents.ts';
import { describeWith } from '../services/suite.ts';
import { ask } from '../support/graphql.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { openPlayground } from './playground.ts';
import { demoGateway, serve } from './support.ts';

const QUERIES = ['Newest', 'NewestData', 'DataSearch', 'Explain', 'AnAddress', 'NewestBlock'];

function operationsOf(text: string): OperationDefinitionNode[] {
  return parse(text).definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
}

interface Found {
  readonly transactions: {
    readonly nodes: readonly { readonly outputs: readonly { readonly data: object | null }[] }[];
  };
  readonly explainTransactions: {
    readonly steps: readonly { readonly rows: number | null }[];
    readonly prediction: { readonly matches: number } | null;
    readonly refusal: object | null;
  };
  readonly address: { readonly transactions: { readonly nodes: readonly object[] } };
  readonly blocks: { readonly nodes: readonly { readonly transactions: { readonly nodes: readonly object[] } }[] };
}

/** Runs each query of the page that a gateway serves, and compares the answer with what the page promises. */
async function expectFinds(url: string): Promise<void> {
  const { defaultQuery } = await openPlayground(url);
  const queries = operationsOf(defaultQuery).filter(({ operation }) => operation === 'query');
  expect(queries.map(({ name }) => name!.value)).toEqual(QUERIES);
  const answers = await Promise.all(queries.map((query) => ask<Found>(url, print(query))));
  const [newest, newestData, search, explain, address, block] = answers as [Found, Found, Found, Found, Found, Found];
  expect(newest.transactions.nodes.length).toBeGreaterThan(0);
  for (const { transactions } of [newestData, search]) {
    expect(transactions.nodes.length).toBeGreaterThan(0);
    for (const { outputs } of transactions.nodes) expect(outputs.some(({ data }) => data !== null)).toBe(true);
  }
  const { steps, prediction, refusal } = explain.explainTransactions;
  expect([steps.length > 0, refusal]).toEqual([true, null]);
  expect(prediction!.matches).toBe(search.transactions.nodes.length);
  expect(address.address.transactions.nodes.length).toBeGreaterThan(0);
  expect(block.blocks.nodes[0]!.transactions.nodes.length).toBeGreaterThan(0);
}

it('the examples of the playground fit the schema', () => {
  expect(validate(createSchema(), parse(DEFAULT_QUERY))).toEqual([]);
});

describe('the examples of the playground', () => {
  const demo = demoGateway();

  it('find something in the demo, whose index begins at a later height', () => expectFinds(demo.url));

  it('find something in an index without text, whose newest block has two transactions', async () => {
    const script = dataScript([Uint8Array.of(0, 0xff, 0x22, 0x5c, 1)]);
    const chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
    const said = chain.make([{ txid: new Uint8Array(32).fill(7), index: 0 }], [{ value: 1, script }]);
    await chain.commit({ connect: [[said]] });
    const gateway = await serve(chain.store);
    await expectFinds(gateway.url);
    await gateway.close();
    await chain.close();
  });

  it('are shown unchanged if the gateway answers nothing about its chain', async () => {
    const chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
    const gateway = await serve(chain.store, { trustedDocuments: TrustedDocuments.parse('{}') });
    expect((await openPlayground(gateway.url)).defaultQuery).toBe(DEFAULT_QUERY);
    await gateway.close();
    await chain.close();
  });
});

describeWith('bitcoind')('the examples of the playground', ({ bitcoind }) => {
  it('find something on a new chain of bitql dev', async () => {
    await using dev = await startDev({ bitcoind });
    await expectFinds(new URL('.', dev.url).href.slice(0, -1));
  });

  it('find the data that was written last', async () => {
    await using dev = await startDev({ bitcoind });
    await dev.chain.data('hello BitQL');
    await dev.chain.mine();
    await dev.settled();
    const url = new URL('.', dev.url).href.slice(0, -1);
    await expectFinds(url);
    expect((await openPlayground(url)).defaultQuery).toContain('startsWith: { utf8: "hello BitQL" }');
  });
});
