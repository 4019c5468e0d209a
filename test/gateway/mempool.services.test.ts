import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toSatoshis } from '../../dev/core-calls.ts';
import { MINER } from '../../dev/lock.ts';
import { payment } from '../../dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { type Coin, coinOf } from '../../dev/transaction-builder.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Rpc } from '../../src/rpc/rpc.ts';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { followNode } from '../support/live-index.ts';
import { temporaryDatabase, temporaryStore } from '../support/temporary-store.ts';
import { post, serve, type TestGateway } from './support.ts';

/** What Core tells of a transaction in its mempool. */
interface MempoolEntry {
  readonly vsize: number;
  readonly ancestorcount: number;
  readonly ancestorsize: number;
  readonly descendantcount: number;
  readonly descendantsize: number;
  readonly fees: {
    readonly base: number;
    readonly ancestor: number;
    readonly descendant: number;
    readonly chunk?: number;
  };
  readonly chunkweight?: number;
  readonly 'bip125-replaceable'?: boolean;
}

interface BlockTemplate {
  readonly transactions: readonly { readonly txid: string; readonly fee: number; readonly weight: number }[];
}

const OF_ALL = `{ mempool { transactions(first: 100) { nodes {
  txid fee virtualSize effectiveFeeRate replaceable
  ancestors { count virtualSize fees } descendants { count virtualSize fees }
} } } projectedBlocks { count weight fees full } feeEstimates { node { minimumFeeRate estimates { feeRate errors } } } }`;
const FINAL = 0xffff_ffff;

describeWith('bitcoind', 'mongodb')('the mempool of a real node', ({ bitcoind, mongodbUri }) => {
  const database = temporaryDatabase(mongodbUri);
  let node: RegtestNode;
  let entries: Readonly<Record<string, MempoolEntry>>;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    await fill(node, await mineCoins(node, 12));
    entries = await node.rpc('getrawmempool', true);
  });

  afterAll(async () => {
    await node.close();
    await database.drop();
  });

  describe.each<[string, () => Promise<ChainStore>]>([
    ['SQLite', temporaryStore],
    ['MongoDB', () => MongoStore.open(database.uri)],
  ])('in %s', (_, open) => {
    let store: ChainStore;
    let gateway: TestGateway;
    // biome-ignore lint/suspicious/noExplicitAny: answers have the shape of their queries
    let data: any;

    beforeAll(async () => {
      store = await open();
      await followNode(node, { store, once: true });
      gateway = await serve(store, { node: new Rpc(parseNodeAddress(node.urlWithPassword)) });
      const answer = await post(gateway.url, OF_ALL);
      expect(answer.errors).toBeUndefined();
      data = answer.data;
    });

    afterAll(async () => {
      await gateway.close();
      await store.close();
    });

    it('has the packages of the node: their numbers, sizes and fees', () => {
      const { nodes } = data.mempool.transactions;
      expect(nodes.length).toBe(Object.keys(entries).length);
      for (const { txid, fee, virtualSize, ancestors, descendants, replaceable } of nodes) {
        const entry = entries[txid]!;
        const { fees } = entry;
        expect(fee).toBe(toSatoshis(fees.base));
        expect(virtualSize).toBe(entry.vsize);
        // Core counts the transaction itself.
        expect(ancestors).toEqual({
          count: entry.ancestorcount - 1,
          virtualSize: entry.ancestorsize - entry.vsize,
          fees: toSatoshis(fees.ancestor) - fee,
        });
        expect(descendants).toEqual({
          count: entry.descendantcount - 1,
          virtualSize: entry.descendantsize - entry.vsize,
          fees: toSatoshis(fees.descendant) - fee,
        });
        if (entry['bip125-replaceable'] !== undefined) expect(replaceable).toBe(entry['bip125-replaceable']);
      }
      expect(new Set(nodes.map(({ replaceable }: { replaceable: boolean }) => replaceable))).toEqual(
        new Set([true, false]),
      );
    });

    it('is in the order in which the node would mine it, and projects its block', async () => {
      const { transactions } = await node.rpc<BlockTemplate>('getblocktemplate', { rules: ['segwit'] });
      const { nodes } = data.mempool.transactions;
      const rates = new Map<string, number>(
        nodes.map(({ txid, effectiveFeeRate }: { txid: string; effectiveFeeRate: number }) => [txid, effectiveFeeRate]),
      );
      // Within what is mined together, Core orders by number of ancestors and id.
      expect(transactions.map(({ txid }) => rates.get(txid))).toEqual([...rates.values()]);
      expect([...rates.values()].toSorted((a, b) => b - a)).toEqual([...rates.values()]);
      const sum = (of: (one: BlockTemplate['transactions'][number]) => number) =>
        transactions.reduce((total, one) => total + of(one), 0);
      expect(data.projectedBlocks).toEqual([
        { count: transactions.length, weight: sum(({ weight }) => weight), fees: sum(({ fee }) => fee), full: false },
      ]);
      for (const { txid, effectiveFeeRate } of nodes) {
        const { fees, chunkweight } = entries[txid]!;
        if (fees.chunk === undefined || chunkweight === undefined) continue;
        expect(effectiveFeeRate).toBeCloseTo(toSatoshis(fees.chunk) / (chunkweight / 4), 0);
      }
    });

    it("has the node's own fees beside", async () => {
      const info = await node.rpc<{ mempoolminfee: number; minrelaytxfee: number }>('getmempoolinfo');
      const { minimumFeeRate, estimates } = data.feeEstimates.node;
      expect(minimumFeeRate).toBeCloseTo(1e5 * Math.max(info.mempoolminfee, info.minrelaytxfee), 6);
      expect(estimates).toHaveLength(7);
      for (const { feeRate, errors } of estimates) expect([feeRate, errors.length]).toEqual([null, 1]);
    });
  });
});

/** Chains, families and lonely transactions with different fees, of which children often pay for their parents. */
async function fill(node: RegtestNode, coins: Coin[]): Promise<void> {
  const send = async (
    inputs: readonly Coin[],
    fee: number,
    { parts = 1, sequence }: { parts?: number; sequence?: number } = {},
  ) => {
    const value = Math.floor(inputs.reduce((sum, coin) => sum + coin.value, 0) / (parts + 1));
    const outputs = Array.from({ length: parts - 1 }, () => ({ value, script: MINER.script }));
    const built = payment(inputs, { fee, outputs, ...(sequence === undefined ? {} : { sequence }) });
    await node.rpc('sendrawtransaction', built.hex, 0);
    return built.outputs.map((_, index) => coinOf(built, index, MINER));
  };
  const take = () => coins.pop()!;
  // Alone, final.
  await send([take()], 3_111, { sequence: FINAL });
  await send([take()], 777, { sequence: FINAL });
  // A child pays for its parent; a grandchild does not.
  const [poor] = await send([take()], 300);
  const [rich] = await send([poor!], 9_000);
  await send([rich!], 450);
  // Two parents with one child that pays for both.
  const [[left], [right]] = [await send([take()], 250), await send([take()], 400)];
  await send([left!, right!], 6_500);
  // A parent with three children, the best of which pays for it. It does not signal that it may be replaced.
  const parts = await send([take()], 500, { parts: 3, sequence: FINAL });
  for (const [i, fee] of [12_000, 2_200, 1_234].entries()) await send([parts[i]!], fee, { sequence: FINAL });
  // A long chain, whose last member pays for all.
  let [link] = await send([take()], 210);
  for (let i = 0; i < 10; i++) [link] = await send([link!], 200 + i);
  await send([link!], 21_000);
}
