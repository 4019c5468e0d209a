import { parse } from 'graphql';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { type Fetcher, type Given, openPlayground } from './playground.ts';
import { post, serve, type TestGateway } from './support.ts';

interface Results extends AsyncIterator<unknown> {
  [Symbol.asyncIterator](): Results;
  return(): Promise<IteratorResult<unknown>>;
}

let chain: MovingChain;
let gateway: TestGateway;
let fetcher: Fetcher;
/** The page's address, once it has changed. */
let address: string | null;
/** GraphiQL's own fetcher, which answers everything but subscriptions. */
const ownFetcher = vi.fn();

beforeEach(async () => {
  chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  gateway = await serve(chain.store);
  address = null;
  ownFetcher.mockReset();
  ({ fetcher } = await startPage());
});

afterEach(async () => {
  await gateway.close();
  await chain.close();
});

const startPage = (search = ''): Promise<Given> =>
  openPlayground(gateway.url, {
    search,
    ownFetcher,
    onAddress(to) {
      address = to;
    },
  });

async function presentCursor(): Promise<string> {
  const { data } = await post(gateway.url, '{ chain { cursor } }');
  return data.chain.cursor;
}

const run = (query: string, operationName?: string) =>
  fetcher({ query, ...(operationName === undefined ? {} : { operationName }) }, { documentAST: parse(query) });

it('the playground receives events, until it unsubscribes', async () => {
  const text = 'ü \u2028 \n\n event: next\ndata: {}';
  const results = run(`subscription {
    transactions(after: "${await presentCursor()}") { kind transaction { outputs { data { pushes { utf8 } } } } }
  }`) as Results;
  const said = chain.make(
    [{ txid: new Uint8Array(32).fill(7), index: 0 }],
    [{ value: 1, script: dataScript([new TextEncoder().encode(text)]) }],
  );
  await chain.commit({ arrive: [said] });
  const transaction = { outputs: [{ data: { pushes: [{ utf8: text }] } }] };
  expect((await results.next()).value).toMatchObject({ data: { transactions: { kind: 'ACCEPTED', transaction } } });
  const waiting = results.next();
  // GraphiQL asks for the iterator again to end it.
  await results[Symbol.asyncIterator]().return();
  expect(await waiting).toEqual({ done: true, value: undefined });
});

it.each([
  ['a subscription that does not fit', 'subscription { colours }'],
  ['a request that is too large', `subscription { blocks { kind } } # ${'x'.repeat(200_000)}`],
])('the playground shows why %s is refused', async (_, query) => {
  const results: unknown[] = [];
  for await (const result of run(query) as Results) results.push(result);
  expect(results).toMatchObject([{ errors: [{ message: expect.any(String) }] }]);
});

it('the playground has other operations answered as before', () => {
  const query = 'query Tip { chain { lag } } subscription Told { blocks { kind } }';
  ownFetcher.mockReturnValue('an answer');
  expect(run(query, 'Tip')).toBe('an answer');
  expect(run('{ chain { lag } }')).toBe('an answer');
  expect(run(query, 'Told')).toHaveProperty('next');
});

describe('an address of the playground', () => {
  const shared = {
    query: 'query At($height: Int) { block(height: $height) { hash } }',
    variables: '{ "height": 0 }',
    operationName: 'At',
  };

  it('opens a shared query, and does not run it', async () => {
    const { query, variables, operationName } = await startPage(`?${new URLSearchParams(shared)}`);
    expect({ query, variables, operationName }).toEqual(shared);
    expect(ownFetcher).not.toHaveBeenCalled();
    for (const search of ['', '?query=', '?query=&variables=&operationName=']) {
      const given = await startPage(search);
      expect([given.query, given.variables, given.operationName]).toEqual([undefined, undefined, undefined]);
    }
  });

  it('follows the editor, so that it can be shared', async () => {
    const { onTabChange, defaultQuery } = await startPage();
    onTabChange({ tabs: [{}, { ...shared, response: '{}' }], activeTabIndex: 1 });
    expect(await startPage(address!.slice(address!.indexOf('?')))).toMatchObject(shared);
    onTabChange({ tabs: [{ query: defaultQuery, variables: '' }], activeTabIndex: 0 });
    expect(address).toBe('/graphiql');
    onTabChange({ tabs: [{ query: `# ${'x'.repeat(20_000)}` }], activeTabIndex: 0 });
    expect(address).toBe('/graphiql');
  });
});
