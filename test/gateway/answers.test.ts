import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { demoGateway, post, serve, storeOf, type TestGateway } from './support.ts';

const BLOCK_HASH = '00000000000000000f3db04d442e92c172691170ca47dfea5be2b9613cf0343d';
const DATA_TXID = '6399364a1a238e1ae495d26274548ee8dede0d12a14f378bfe020a367764f3d2';
const OTHER_DATA_TXID = 'b9b622e052868e7c75f2a5eed0008a7fd265e4ac83dd0290ae1834b9f0ada08e';
/** It spends an output of the same block, and is spent in it. */
const KNOWN_FEE_TXID = '16c38f8e3f33a7b4da41665f250164fc9121ce7d3cd99e2532add5007e44df5e';

describe('an index of block 357238 only', () => {
  const gateway = demoGateway();

  const dataOf = async (query: string, variables?: object) => {
    const { status, errors, data } = await post(gateway.url, query, variables);
    expect(errors).toBeUndefined();
    expect(status).toBe(200);
    return data;
  };

  it('reports how fresh and how complete it is, in a field and beside every answer', async () => {
    const { data, extensions } = await post(
      gateway.url,
      '{ chain { network tip { height hash confirmations } nodeTip { height hash } lag synced coverage { from to } } }',
    );
    const tip = { height: 357_238, hash: BLOCK_HASH };
    expect(data.chain).toEqual({
      network: 'btc-mainnet',
      tip: { ...tip, confirmations: 1 },
      nodeTip: tip,
      lag: 0,
      synced: true,
      coverage: [{ from: 357_238, to: 357_238 }],
    });
    expect(extensions).toMatchObject({
      chain: { tip, nodeTip: tip, lag: 0, cursor: null, coverage: [{ from: 357_238, to: 357_238 }] },
    });
    expect((await post(gateway.url, '{ __typename }')).extensions?.chain).toEqual(extensions?.chain);
  });

  it('returns a block by height and by hash, and null with a reason for blocks outside of it', async () => {
    const block = `{
      hash height version header previousHash previous { hash } next { hash } merkleRoot time date medianTime bits difficulty
      nonce chainWork size strippedSize weight transactionCount inputCount outputCount outputValue fees feesUnknown
    }`;
    const { byHeight, byHash, absent } = await dataOf(
      `{ byHeight: block(height: 357238) ${block} byHash: block(hash: "${BLOCK_HASH.toUpperCase()}") ${block} absent: block(height: 1) { hash } }`,
    );
    expect(byHash).toEqual(byHeight);
    expect(absent).toBeNull();
    expect(byHeight).toMatchObject({
      hash: BLOCK_HASH,
      version: 2,
      previousHash: '0000000000000000075d29aa829c0c34b833d2c81d42cd63c3bf8c8b9076f7df',
      previous: null,
      next: null,
      time: 1_432_109_098,
      date: '2015-05-20T08:04:58.000Z',
      medianTime: null,
      bits: '181686f5',
      chainWork: null,
      size: 167_542,
      strippedSize: 167_542,
      weight: 670_168,
      transactionCount: 369,
      outputValue: 408_849_805_792,
      fees: null,
      feesUnknown: 'OUTSIDE_COVERAGE',
    });
    expect(byHeight.difficulty).toBeCloseTo(48_807_487_244.68, 1);
    expect(byHeight.header).toHaveLength(160);
  });

  it('returns a coinbase, with a reason for each part that it lacks', async () => {
    const { block } = await dataOf(`{ block(height: 357238) { transactions(first: 1) { nodes {
      coinbase inputValue fee feeRate feeUnknown inputs { coinbase previousTxid previousIndex spentOutput { value } spentOutputUnknown }
    } } } }`);
    expect(block.transactions.nodes).toEqual([
      {
        coinbase: true,
        inputValue: null,
        fee: null,
        feeRate: null,
        feeUnknown: 'COINBASE',
        inputs: [
          {
            coinbase: true,
            previousTxid: null,
            previousIndex: null,
            spentOutput: null,
            spentOutputUnknown: 'COINBASE',
          },
        ],
      },
    ]);
  });

  it('returns a transaction with the outputs that it spends and the spenders of its own', async () => {
    const { transaction } = await dataOf(
      `query ($txid: Hash!) { transaction(txid: $txid) {
        txid blockIndex confirmations inputValue outputValue fee feeRate feeUnknown virtualSize
        inputs { index transaction { txid } spentOutput { value type address lockingScript token { amount } } spentOutputUnknown }
        outputs(first: 1, offset: 0) { index value type spentBy { index transaction { txid inputs { previousTxid previousIndex } } } }
        none: outputs(offset: 2) { index }
      } }`,
      { txid: KNOWN_FEE_TXID },
    );
    expect(transaction).toMatchObject({
      txid: KNOWN_FEE_TXID,
      blockIndex: 366,
      confirmations: 1,
      inputValue: 363_373_448,
      fee: 226,
      feeUnknown: null,
      feeRate: 226 / transaction.virtualSize,
      none: [],
    });
    expect(transaction.inputs).toEqual([
      {
        index: 0,
        transaction: { txid: KNOWN_FEE_TXID },
        spentOutput: expect.objectContaining({
          value: 363_373_448,
          type: 'P2PKH',
          address: '1KzhCfSnJKHFFxJnFats5fPZue7ZLXMnTz',
          token: null,
        }),
        spentOutputUnknown: null,
      },
    ]);
    const [output] = transaction.outputs;
    expect(output.spentBy.transaction.inputs[output.spentBy.index]).toEqual({
      previousTxid: KNOWN_FEE_TXID,
      previousIndex: 0,
    });
  });

  it('returns null and a reason for the output of an input if it is not known', async () => {
    const { transaction } = await dataOf(
      `{ transaction(txid: "${OTHER_DATA_TXID}") { fee inputValue feeUnknown inputs { spentOutput { value } spentOutputUnknown } } }`,
    );
    expect(transaction).toEqual({
      fee: null,
      inputValue: null,
      feeUnknown: 'OUTSIDE_COVERAGE',
      inputs: [{ spentOutput: null, spentOutputUnknown: 'OUTSIDE_COVERAGE' }],
    });
  });

  it.each([
    ['{ startsWith: { utf8: "blkCITE" } }', [DATA_TXID, OTHER_DATA_TXID]],
    ['{ index: 0, equals: { utf8: "blkCITE-undefined" } }', [OTHER_DATA_TXID]],
    ['{ startsWith: { hex: "626C6b" } }', [DATA_TXID, OTHER_DATA_TXID]],
    ['{ startsWith: { base64: "YmxrQ0lURS1r" } }', [DATA_TXID]],
    ['{ index: 1, startsWith: { utf8: "blkCITE" } }', []],
  ])('finds data by %s', async (push, txids) => {
    const { transactions } = await dataOf(
      `{ transactions(filter: { data: { pushes: ${push} } }) { nodes { txid } pageInfo { budgetExhausted } } }`,
    );
    expect(transactions.nodes).toEqual(txids.map((txid) => ({ txid })));
  });

  it('shows a push in all its forms', async () => {
    const { transaction } = await dataOf(
      `{ transaction(txid: "${OTHER_DATA_TXID}") { outputs { type address data { pushes { index opcode hex utf8 base64 size malformed } } } } }`,
    );
    const text = 'blkCITE-undefined';
    expect(transaction.outputs).toContainEqual({
      type: 'NULL_DATA',
      address: null,
      data: {
        pushes: [
          {
            index: 0,
            opcode: text.length,
            hex: Buffer.from(text).toString('hex'),
            utf8: text,
            base64: Buffer.from(text).toString('base64'),
            size: text.length,
            malformed: false,
          },
        ],
      },
    });
  });

  it('returns an address, whose balance may be incomplete', async () => {
    const { address } = await dataOf(`{ address(address: "1KzhCfSnJKHFFxJnFats5fPZue7ZLXMnTz") {
      address type lockingScript balance { received spent unspent transactionCount }
      transactions { nodes { txid } } unspentOutputs { nodes { value } }
    } }`);
    expect(address).toMatchObject({ type: 'P2PKH', balance: { unspent: null }, unspentOutputs: { nodes: [] } });
    expect(address.balance.transactionCount).toBe(address.transactions.nodes.length);
    expect(address.transactions.nodes).toContainEqual({ txid: KNOWN_FEE_TXID });
  });

  it('pages through a block, edges and nodes alike', async () => {
    const query = `query ($after: Cursor) { block(height: 357238) { transactions(first: 100, after: $after) {
      edges { cursor node { blockIndex } } nodes { blockIndex } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    } } }`;
    const indexes: number[] = [];
    let after: string | null = null;
    do {
      const { block } = await dataOf(query, { after });
      const { edges, nodes, pageInfo } = block.transactions;
      expect(edges.map(({ node }: { node: object }) => node)).toEqual(nodes);
      expect(pageInfo).toMatchObject({ startCursor: edges[0].cursor, endCursor: edges.at(-1).cursor });
      indexes.push(...nodes.map(({ blockIndex }: { blockIndex: number }) => blockIndex));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(indexes).toEqual(Array.from({ length: 369 }, (_, i) => i));
  });
});

describe('an index from the first block on', () => {
  let store: ChainStore;
  let gateway: TestGateway;

  beforeAll(async () => {
    store = await storeOf(completeChain(), 0);
    gateway = await serve(store);
  });

  afterAll(async () => {
    await gateway.close();
    await store.close();
  });

  it('returns the balance of an address', async () => {
    const address = addressOf(p2pkhScript(1), networkById('btc-regtest'));
    const { data } = await post(
      gateway.url,
      `query ($address: String!) { address(address: $address) {
        balance { received spent unspent transactionCount } unspentOutputs { nodes { value spentBy { index } } }
      } }`,
      { address },
    );
    expect(data.address).toEqual({
      balance: { received: 5_030, spent: 5_000, unspent: 30, transactionCount: 3 },
      unspentOutputs: { nodes: [{ value: 30, spentBy: null }] },
    });
  });

  it('leads from block to block, to both ends', async () => {
    const { data } = await post(
      gateway.url,
      '{ block(height: 1) { previous { height previousHash previous { height } } next { height fees confirmations next { height } } } }',
    );
    expect(data.block).toEqual({
      previous: { height: 0, previousHash: null, previous: null },
      next: { height: 2, fees: 70, confirmations: 1, next: null },
    });
  });
});

/** Three blocks: the first key mines the second one, and pays another key and itself in the third. */
function completeChain(): Uint8Array[] {
  const toFirst = (value: number) => ({ value, script: p2pkhScript(1) });
  const toSecond = (value: number) => ({ value, script: p2pkhScript(2) });
  const mined = encodeCoinbase(1, [toFirst(5_000)]);
  const paid = encodeTransaction([{ txid: hash256(mined), index: 0 }], [toSecond(4_900), toFirst(30)]);
  const transactions = [[encodeCoinbase(0, [toFirst(5_000)])], [mined], [encodeCoinbase(2, [toSecond(5_070)]), paid]];
  const blocks: Uint8Array[] = [];
  for (const [height, list] of transactions.entries()) {
    const last = blocks.at(-1);
    const previousHash = last === undefined ? new Uint8Array(32) : hash256(last.subarray(0, 80));
    blocks.push(encodeBlock(previousHash, 1_000 + height, list));
  }
  return blocks;
}
