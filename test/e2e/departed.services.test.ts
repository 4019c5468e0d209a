import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeOf, payment } from '../../dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import type { Coin } from '../../dev/transaction-builder.ts';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { post, serve, type TestGateway } from '../gateway/support.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { followNode, untilCaughtUp } from '../support/live-index.ts';
import { temporaryDatabase, temporaryStore } from '../support/temporary-store.ts';
import { Traffic } from '../support/traffic.ts';

/** Transactions that come and go in one round, and rows that a request may examine. */
const ROUND = Number(process.env.BITQL_DEPARTED ?? 250);
const COINS_OF_COINBASE = 200;
const ROUNDS = 3;
const REPLACEMENTS = 200;

const NATURAL = `{ transactions(first: 10) { nodes {
  txid inputs { spentOutput { value } } outputs { value spentBy { index } }
} pageInfo { budgetExhausted } } }`;
const PENDING = `query ($after: Cursor) { transactions(first: 20, after: $after, filter: { confirmed: false }) {
  nodes { txid } pageInfo { endCursor hasNextPage budgetExhausted }
} }`;

/** Each replacement pays so much more that it is accepted even if its signature is longer. */
const feeOf = (n: number) => Math.round(1_000 * 1.03 ** n) + 300 * n;

const SMALL = { scanBudget: ROUND };

describeWith('bitcoind', 'mongodb')('departed transactions', ({ bitcoind, mongodbUri }) => {
  describe('in SQLite', () => costsNothing(bitcoind, async () => ({ store: await temporaryStore() })));
  describe('in MongoDB', () =>
    costsNothing(bitcoind, async () => {
      const database = temporaryDatabase(mongodbUri);
      return { store: await MongoStore.open(database.uri), drop: database.drop };
    }));
});

function costsNothing(
  bitcoind: string,
  open: () => Promise<{ readonly store: ChainStore; readonly drop?: () => Promise<void> }>,
): void {
  let node: RegtestNode;
  let opened: Awaited<ReturnType<typeof open>>;
  let gateway: TestGateway;
  let following: Promise<void>;
  let traffic: Traffic;
  let stop: AbortController;

  beforeEach(async () => {
    stop = new AbortController();
    node = await startRegtest({ bitcoind });
    const coinbases = await mineCoins(node, Math.ceil((ROUND * ROUNDS + 10) / COINS_OF_COINBASE));
    traffic = await Traffic.begin(node, coinbases);
    opened = await open();
    following = followNode(node, { store: opened.store, signal: stop.signal });
    await caughtUp();
    gateway = await serve(opened.store, SMALL);
  });

  afterEach(async () => {
    stop.abort();
    await following;
    await gateway.close();
    await opened.store.close();
    await opened.drop?.();
    await node.close();
  });

  const caughtUp = () => untilCaughtUp(opened.store, node, 60_000);

  const ask = async (query: string, variables = {}) => {
    const { data, errors } = await post(gateway.url, query, variables);
    expect(errors).toBeUndefined();
    return data;
  };

  const sendRound = async () => {
    for (let i = 0; i < ROUND; i++) await traffic.pay(i);
  };

  it('cost readers nothing, however many there are', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await sendRound();
      await caughtUp();
      // A walk that begins here sees the transactions that are pending now, even if they go.
      const first = (await ask(PENDING)).transactions;
      const expected = new Set(await node.rpc<string[]>('getrawmempool'));
      const [block] = await traffic.mine(1);
      await caughtUp();
      const pending = (await ask(PENDING)).transactions;
      expect(pending).toMatchObject({ nodes: [], pageInfo: { hasNextPage: false, budgetExhausted: false } });
      const all = (await ask(NATURAL)).transactions;
      expect([all.nodes.length, all.pageInfo.budgetExhausted]).toEqual([10, false]);
      const seen: string[] = first.nodes.map(({ txid }: { txid: string }) => txid);
      for (let { pageInfo } = first; pageInfo.hasNextPage; ) {
        const page = (await ask(PENDING, { after: pageInfo.endCursor })).transactions;
        expect(page.pageInfo.budgetExhausted).toBe(false);
        seen.push(...page.nodes.map(({ txid }: { txid: string }) => txid));
        pageInfo = page.pageInfo;
      }
      expect(seen.length).toBe(expected.size);
      expect(new Set(seen)).toEqual(expected);
      // Pending again, and in another block.
      await node.rpc('invalidateblock', block!);
      await caughtUp();
      await traffic.mine(2);
      await caughtUp();
      expect((await ask(PENDING)).transactions).toMatchObject({ nodes: [], pageInfo: { budgetExhausted: false } });
    }
  }, 240_000);

  it('cost nothing when someone asks what spends an output that was spent again and again', async () => {
    const coin: Coin = traffic.coin();
    const replaced: string[] = [];
    for (let i = 0; i < REPLACEMENTS; i++) {
      const { txid, hex } = payment([coin], { fee: feeOf(i) });
      await node.rpc('sendrawtransaction', hex);
      replaced.push(txid);
      await caughtUp();
    }
    const last = replaced.pop()!;
    const { transaction } = await ask(
      `{ transaction(txid: "${coin.txid}") { outputs(offset: ${coin.index}, first: 1) { spentBy { transaction { txid } } } } }`,
    );
    expect(transaction.outputs).toEqual([{ spentBy: { transaction: { txid: last } } }]);
    const oldest = (await ask(`{ transaction(txid: "${replaced[0]}") { removed { reason by } } }`)).transaction;
    expect(oldest.removed).toEqual({ reason: 'REPLACED', by: replaced[1] ?? last });
    const listed =
      await ask(`{ transactions(filter: { txids: ${JSON.stringify(replaced.slice(0, 5))}, removed: true }) {
      nodes { txid }
    } }`);
    expect(listed.transactions.nodes).toHaveLength(5);
    const change = payment([changeOf(payment([coin], { fee: feeOf(replaced.length) }))]);
    await node.rpc('sendrawtransaction', change.hex);
    await caughtUp();
    expect((await ask(NATURAL)).transactions.nodes[0].txid).toBe(change.txid);
  }, 240_000);
}
