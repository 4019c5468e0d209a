import { afterAll, beforeAll, expect, it } from 'vitest';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

const OUTPUTS = 200;
const pays = (count: number) => Array.from({ length: count }, () => ({ value: 10, script: p2pkhScript(2) }));

let chain: MovingChain;
let wide: MadeTransaction;
let gateway: TestGateway;

/** A transaction, each of whose outputs is spent by another one. */
beforeAll(async () => {
  chain = await MovingChain.create([{ value: 10 * OUTPUTS, script: p2pkhScript(1) }]);
  wide = chain.make([{ txid: chain.tip.transactions[0]!.transaction.txid, index: 0 }], pays(OUTPUTS));
  const { txid } = wide.transaction;
  const spenders = Array.from({ length: OUTPUTS }, (_, index) => chain.make([{ txid, index }], pays(1)));
  await chain.commit({ connect: [[wide], spenders] });
  gateway = await serve(chain.store, { cacheBytes: 0 });
});
afterAll(async () => {
  await gateway.close();
  await chain.close();
});

const ask = async (operation: string, stretch: string, variables = {}) => {
  const outputs = `outputs${stretch} { index spentBy { transaction { txid } } }`;
  const query = `${operation} { transaction(txid: "${idOf(wide.transaction)}") { ${outputs} } }`;
  const { data, errors, extensions } = await post(gateway.url, query, variables);
  expect(errors).toBeUndefined();
  return { outputs: data.transaction.outputs, charged: (extensions!.cost as { charged: number }).charged };
};

it.each([
  { what: 'a few', told: '(first: 2)', operation: 'query ($n: Int)', asked: '(first: $n)', variables: { n: 2 } },
  {
    what: 'a few by default',
    told: '(first: 2)',
    operation: 'query ($n: Int = 2)',
    asked: '(first: $n)',
    variables: {},
  },
  {
    what: 'a few further on',
    told: '(first: 2, offset: 50)',
    operation: 'query ($from: Int!)',
    asked: '(first: 2, offset: $from)',
    variables: { from: 50 },
  },
  { what: 'all, with null', told: '', operation: 'query ($n: Int)', asked: '(first: $n)', variables: { n: null } },
  {
    what: 'all, with nothing',
    told: '',
    operation: 'query ($n: Int, $from: Int! = 0)',
    asked: '(first: $n, offset: $from)',
    variables: {},
  },
])(
  'the spenders of $what of many outputs take the same work if variables choose them',
  async ({ told, operation, asked, variables }) => {
    const expected = await ask('query', told);
    expect(expected.outputs.every(({ spentBy }: { spentBy: object | null }) => spentBy !== null)).toBe(true);
    // First interpreted, then compiled.
    for (let time = 0; time < 4; time++) expect(await ask(operation, asked, variables)).toEqual(expected);
  },
);
