import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { packagePath } from '../../src/package-root.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { dataScript, type MadeOutput, p2pkhScript, pushScript } from '../support/synthetic-chain.ts';
import { post, serve, type TestGateway } from './support.ts';

const NETWORK = networkById('btc-regtest');
const address = (key: number) => addressOf(p2pkhScript(key), NETWORK)!;
const text = (word: string) => new TextEncoder().encode(word);
const pay = (key: number, value: number): MadeOutput => ({ value, script: p2pkhScript(key) });
const say = (...words: string[]): MadeOutput => ({ value: 0, script: dataScript(words.map(text)) });
const ENVELOPE = concatBytes(
  Uint8Array.of(0x00, 0x63),
  pushScript(['ord', 'text/plain', 'hi'].map(text)),
  Uint8Array.of(0x68),
);

/** The examples of docs/queries.md by the names of their operations. */
const EXAMPLES = new Map(
  Array.from(
    readFileSync(packagePath('docs', 'queries.md'), 'utf8').matchAll(/```graphql\n(query (\w+)[^`]*)```/g),
    (found) => [found[2]!, found[1]!],
  ),
);

let chain: MovingChain;
let gateway: TestGateway;
let made: Record<
  'rich' | 'post' | 'reply' | 'like' | 'other' | 'elsewhere' | 'testPost' | 'inscription' | 'waiting',
  MadeTransaction
>;

beforeAll(async () => {
  chain = await MovingChain.create([pay(1, 900_000), pay(1, 800_000), pay(2, 700_000), pay(1, 600_000)]);
  const coinbase = () => chain.now.blocks.at(-1)!.transactions[0]!.transaction.txid;
  const spend = (index: number, outputs: readonly MadeOutput[], sequence?: number) =>
    chain.make([{ txid: coinbase(), index, ...(sequence === undefined ? {} : { sequence }) }], outputs);
  await chain.commit({ connect: [[]] });
  const rich = spend(0, [pay(3, 50_000), pay(4, 10)]);
  const post = spend(1, [say('my-app', 'post', 'hello'), pay(1, 790_000)]);
  const other = spend(2, [say('my-app', 'post', 'from another'), pay(2, 700_000)]);
  await chain.commit({ connect: [[rich, post, other]] });
  const reply = spend(0, [say('my-app', 'reply', 'again'), pay(1, 900_000)]);
  const like = spend(1, [say('my-app', 'like', 'hello'), pay(1, 800_000)]);
  const testPost = spend(3, [say('my-app', 'post', 'test 1'), pay(1, 600_000)]);
  const elsewhere = spend(2, [say('other-app', 'Hello there'), pay(2, 700_000)]);
  await chain.commit({ connect: [[reply, like, testPost, elsewhere]] });
  const inscription = spend(0, [{ value: 899_999, script: ENVELOPE }]);
  const waiting = spend(2, [pay(5, 690_000)], 0);
  await chain.commit({ arrive: [inscription, waiting] });
  made = { rich, post, reply, like, other, elsewhere, testPost, inscription, waiting };
  gateway = await serve(chain.store);
});

afterAll(async () => {
  await gateway?.close();
  await chain?.close();
});

type Page = { readonly nodes: readonly { readonly txid: string }[] };

async function answer(name: string, variables: Record<string, unknown> = {}): Promise<Record<string, Page>> {
  const { data, errors } = await post(gateway.url, EXAMPLES.get(name)!, variables);
  expect(errors).toBeUndefined();
  return data as Record<string, Page>;
}

const idsOf = (page: Page | undefined) => page!.nodes.map(({ txid }) => txid);
const ids = (...names: (keyof typeof made)[]) => names.map((name) => idOf(made[name].transaction));

it('every example has a test here', () => {
  expect([...EXAMPLES.keys()]).toEqual([
    'Paid',
    'History',
    'Feed',
    'Search',
    'Holders',
    'LargeFees',
    'Explore',
    'Envelopes',
    'Explain',
  ]);
});

it('a payment gateway finds the invoices that were paid', async () => {
  const { transactions } = await answer('Paid', { addresses: [address(3), address(4)] });
  expect(idsOf(transactions)).toEqual(ids('rich'));
});

it('a wallet has the history of all its addresses', async () => {
  const { transactions } = await answer('History', { addresses: [address(3), address(5)] });
  expect(idsOf(transactions)).toEqual(ids('rich', 'waiting'));
});

it('a feed has the posts and replies of an author', async () => {
  const { transactions } = await answer('Feed', { author: address(1) });
  expect(idsOf(transactions)).toEqual(ids('reply', 'post'));
});

it('a feed has the posts of two apps with a word, without those of a muted author', async () => {
  const search = async (word: string, muted: number) =>
    idsOf((await answer('Search', { word, muted: address(muted) })).transactions);
  expect(await search('HELLO', 5)).toEqual(ids('elsewhere', 'like', 'post'));
  expect(await search('hello', 1)).toEqual(ids('elsewhere'));
  expect(await search('another', 1)).toEqual(ids('other'));
});

it('a token indexer finds the outputs that hold a token now', async () => {
  const category = new Uint8Array(32).fill(0xab);
  const tokens = (amount: number): MadeOutput => ({
    value: 10,
    script: concatBytes(Uint8Array.of(0xef), category, Uint8Array.of(0x10, amount), p2pkhScript(1)),
  });
  const bch = await MovingChain.create([tokens(50), pay(1, 50)], undefined, { network: networkById('bch-regtest') });
  const { txid } = bch.tip.transactions[0]!.transaction;
  const divided = bch.make([{ txid, index: 0 }], [tokens(30), pay(2, 10), tokens(20)]);
  await bch.commit({ arrive: [divided] });
  const served = await serve(bch.store);
  const { data, errors } = await post(served.url, EXAMPLES.get('Holders')!, { category: 'ab'.repeat(32) });
  await served.close();
  await bch.close();
  expect(errors).toBeUndefined();
  expect(data.outputs.nodes).toEqual(
    ['20', '30'].map((amount, i) => ({
      transaction: { txid: idOf(divided.transaction) },
      index: 2 - 2 * i,
      address: expect.stringMatching(/^bchreg:/),
      token: { amount, capability: null, commitment: null },
    })),
  );
});

it('amounts of tokens are a part of what a cursor belongs to', async () => {
  const page = async (args: string) => post(gateway.url, `{ transactions(${args}) { pageInfo { endCursor } } }`);
  const { endCursor } = (await page('first: 1')).data.transactions.pageInfo;
  const filter = 'filter: { outputs: [{ token: { amount: { gte: "5" } } }] }, scan: true';
  const { errors } = await page(`${filter}, after: "${endCursor}"`);
  expect(errors?.[0]?.extensions.code).toBe('BAD_CURSOR');
});

it('an analyst finds large fees', async () => {
  const { transactions } = await answer('LargeFees', { from: 0, to: 2_000_000_000 });
  expect(idsOf(transactions)).toEqual(ids('rich', 'post'));
});

it('an explorer finds what spends an output, and what may be replaced', async () => {
  const { transaction } = made.like;
  const { previousTxid } = transaction.inputs[0]!;
  const { spender, waiting } = await answer('Explore', { txid: Buffer.from(previousTxid).reverse().toString('hex') });
  expect(idsOf(spender)).toEqual(ids('reply'));
  expect(idsOf(waiting)).toEqual(ids('waiting'));
});

it('envelopes in locking scripts are found by their pushes', async () => {
  const { transactions } = await answer('Envelopes');
  expect(idsOf(transactions)).toEqual(ids('inscription'));
});

it('whoever pays for a query learns what it takes before', async () => {
  const { data, errors } = await post(gateway.url, EXAMPLES.get('Explain')!, { author: address(1) });
  expect(errors).toBeUndefined();
  const { explainTransactions: plan } = data;
  expect(plan).toMatchObject({ conditions: ['fee', 'inputs[0].value'], refusal: null });
  expect(plan.steps).toEqual([
    { depth: 0, operation: 'POSTINGS', index: 'lock', rows: expect.any(Number), exact: true },
  ]);
  expect(plan.prediction).toMatchObject({ matches: 2, exact: true });
});
