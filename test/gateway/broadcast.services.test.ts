import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeOf, payment } from '../../dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import type { Coin } from '../../dev/transaction-builder.ts';
import { fromHex, toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { ERROR_CODES } from '../../src/errors.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Rpc } from '../../src/rpc/rpc.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { MadeChain } from '../support/made-chain.ts';
import { dataTransaction } from '../support/transactions.ts';
import { post, serve, storeOf, type TestGateway } from './support.ts';

const BROADCAST = 'mutation ($raw: Hex!) { broadcastTransaction(raw: $raw) }';
const NETWORK = networkById('btc-regtest');
const NOWHERE = 'http://a:b@127.0.0.1:1';

const rpcOf = (url: string) => new Rpc(parseNodeAddress(url));
const made = (length: number) => toHex(dataTransaction(new Uint8Array(length), NETWORK).bytes);

describe('a transaction that is sent to a gateway', () => {
  let store: ChainStore;

  beforeAll(async () => {
    store = await storeOf(new MadeChain(1).mine(2).blocks, 10);
  });

  afterAll(() => store.close());

  const answerOf = async (raw: string, node?: Rpc) => {
    const gateway = await serve(store, node === undefined ? {} : { node });
    try {
      return await post(gateway.url, BROADCAST, { raw });
    } finally {
      await gateway.close();
    }
  };

  it('without a node is refused', async () => {
    const { status, errors } = await answerOf(made(1));
    expect(status).toBe(400);
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('start it with --node'),
        extensions: { code: 'BROADCAST_UNAVAILABLE', retryable: false },
      },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a part of one', made(1).slice(0, -2)],
    ['more than one', `${made(1)}00`],
    ['no transaction', '00'.repeat(100)],
  ])('is read before the node is asked: %s', async (_, raw) => {
    const { status, errors } = await answerOf(raw, rpcOf(NOWHERE));
    expect(status).toBe(400);
    expect(errors).toMatchObject([
      {
        message: expect.stringContaining('`raw` is not a complete transaction of btc-regtest'),
        extensions: { code: 'MALFORMED_BYTES', retryable: false },
      },
    ]);
  });

  it('can be sent again later if the node does not answer', async () => {
    const { status, errors } = await answerOf(made(1), rpcOf(NOWHERE));
    expect(status).toBe(503);
    expect(errors).toMatchObject([
      { message: ERROR_CODES.NODE_UNREACHABLE.meaning, extensions: { code: 'NODE_UNREACHABLE', retryable: true } },
    ]);
  });

  it('is not accepted by GET, which programs may repeat', async () => {
    const gateway = await serve(store, { node: rpcOf(NOWHERE) });
    const query = encodeURIComponent(`mutation { broadcastTransaction(raw: "${made(1)}") }`);
    const response = await fetch(`${gateway.url}/graphql?query=${query}`);
    await gateway.close();
    expect(response.status).toBe(405);
  });
});

describeWith('bitcoind')('a gateway with a node', ({ bitcoind }) => {
  let node: RegtestNode;
  let store: ChainStore;
  let gateway: TestGateway;
  let coins: Coin[];

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    coins = await mineCoins(node, 2);
    store = await storeOf(new MadeChain(1).mine(2).blocks, 10);
    gateway = await serve(store, { node: rpcOf(node.urlWithPassword) });
  });

  afterAll(async () => {
    await gateway.close();
    await store.close();
    await node.close();
  });

  it('sends it a transaction, even one that the node already has', async () => {
    const { txid, hex } = payment([coins[0]!]);
    for (let i = 0; i < 2; i++) {
      const { status, data, errors } = await post(gateway.url, BROADCAST, { raw: hex.toUpperCase() });
      expect(errors).toBeUndefined();
      expect([status, data]).toEqual([200, { broadcastTransaction: txid }]);
    }
    expect(await node.rpc('getrawmempool')).toEqual([txid]);
  });

  it('reports what became of each of several transactions', async () => {
    const { txid, hex } = payment([coins[0]!]);
    const query = `mutation { a: broadcastTransaction(raw: "${hex}") b: broadcastTransaction(raw: "${made(1)}") }`;
    const { status, data, errors } = await post(gateway.url, query);
    expect([status, data]).toEqual([200, { a: txid, b: null }]);
    expect(errors).toMatchObject([{ path: ['b'], extensions: { code: 'TRANSACTION_REFUSED' } }]);
  });

  it('reports why a transaction is refused, however large it is', async () => {
    for (const [raw, reason] of [
      [payment([coins[1]!], { fee: 0 }).hex, 'min relay fee not met'],
      [made(400_000), '(-2'],
    ] as const) {
      const { status, errors } = await post(gateway.url, BROADCAST, { raw });
      expect(status).toBe(400);
      expect(errors).toMatchObject([
        {
          message: expect.stringMatching(/^The node refuses the transaction: .*\(-\d+\)\.$/),
          extensions: { code: 'TRANSACTION_REFUSED', retryable: false },
        },
      ]);
      expect(errors![0]!.message).toContain(reason);
    }
  });

  const LIMITED = `mutation ($raw: Hex!, $rate: Float, $burn: Satoshis) {
    broadcastTransaction(raw: $raw, maxFeeRate: $rate, maxBurnAmount: $burn)
  }`;
  const TEST = `query ($raws: [Hex!]!, $rate: Float) {
    testTransactions(raws: $raws, maxFeeRate: $rate) { txid accepted reason virtualSize fee feeRate }
  }`;
  const PACKAGE = `mutation ($raws: [Hex!]!, $rate: Float) {
    broadcastPackage(raws: $raws, maxFeeRate: $rate) {
      accepted message transactions { txid accepted reason fee feeRate } replaced
    }
  }`;

  it('refuses a transaction that pays more than the caller or the node allows, and accepts it if that limit is lifted', async () => {
    const [coin] = await mineCoins(node, 1);
    // Two whole coins: above the 0.1 BTC for 1,000 virtual bytes that the node allows by default.
    const { hex, txid } = payment([coin!], { fee: 200_000_000 });
    for (const limit of [{}, { rate: 20_000 }]) {
      const { errors } = await post(gateway.url, LIMITED, { raw: hex, ...limit });
      expect(errors).toMatchObject([{ extensions: { code: 'TRANSACTION_REFUSED' } }]);
      expect(errors![0]!.message).toMatch(/fee/i);
    }
    const tested = await post(gateway.url, TEST, { raws: [hex] });
    expect(tested.data?.testTransactions).toMatchObject([{ txid, accepted: false, reason: 'max-fee-exceeded' }]);
    expect((await post(gateway.url, LIMITED, { raw: hex, rate: 0 })).data).toEqual({ broadcastTransaction: txid });
  });

  it('burns no more than the caller allows', async () => {
    const [coin] = await mineCoins(node, 1);
    const { hex, txid } = payment([coin!], { outputs: [{ value: 5_000, script: fromHex('6a01ff') }] });
    const refused = await post(gateway.url, LIMITED, { raw: hex, burn: 4_999 });
    expect(refused.errors).toMatchObject([{ extensions: { code: 'TRANSACTION_REFUSED' } }]);
    expect((await post(gateway.url, LIMITED, { raw: hex, burn: 5_000 })).data).toEqual({ broadcastTransaction: txid });
  });

  it('says what its node would accept, and sends it nothing', async () => {
    const [coin, other] = await mineCoins(node, 2);
    const good = payment([coin!], { fee: 1_000 });
    const child = payment([changeOf(good)], { fee: 2_000 });
    const poor = payment([other!], { fee: 0 });
    const before = await node.rpc('getrawmempool');
    const { data, errors } = await post(gateway.url, TEST, { raws: [good.hex, child.hex] });
    expect(errors).toBeUndefined();
    expect(data?.testTransactions).toMatchObject([
      { txid: good.txid, accepted: true, reason: null, fee: 1_000 },
      { txid: child.txid, accepted: true, reason: null, fee: 2_000 },
    ]);
    const [first] = data!.testTransactions as { virtualSize: number; feeRate: number }[];
    expect(first!.feeRate).toBeCloseTo(1_000 / first!.virtualSize, 1);
    expect((await post(gateway.url, TEST, { raws: [poor.hex] })).data?.testTransactions).toMatchObject([
      { txid: poor.txid, accepted: false, reason: expect.stringContaining('min relay fee not met') },
    ]);
    expect(await node.rpc('getrawmempool')).toEqual(before);
  });

  it('says which of several is not a whole transaction', async () => {
    for (const query of [TEST, PACKAGE]) {
      const { errors } = await post(gateway.url, query, { raws: [made(1), made(1).slice(0, -2)] });
      expect(errors![0]!.message).toMatch(/^`raws\[1\]` is not a complete transaction of btc-regtest/);
    }
  });

  it('sends it a child together with its parent', async () => {
    const [coin] = await mineCoins(node, 1);
    const parent = payment([coin!], { fee: 500 });
    const child = payment([changeOf(parent)], { fee: 5_000 });
    const { data, errors } = await post(gateway.url, PACKAGE, { raws: [parent.hex, child.hex] });
    expect(errors).toBeUndefined();
    expect(data?.broadcastPackage).toMatchObject({ accepted: true, message: 'success', replaced: [] });
    expect(await node.rpc('getrawmempool')).toEqual(expect.arrayContaining([parent.txid, child.txid]));
    const [again] = await mineCoins(node, 1);
    const lonely = payment([again!], { fee: 0 });
    const poor = payment([changeOf(lonely)], { fee: 0 });
    const refused = await post(gateway.url, PACKAGE, { raws: [lonely.hex, poor.hex] });
    expect(refused.data?.broadcastPackage).toMatchObject({ accepted: false });
  });

  it('refuses impossible limits, and too many transactions', async () => {
    for (const [query, variables] of [
      [LIMITED, { raw: made(1), rate: -1 }],
      [LIMITED, { raw: made(1), rate: 100_000 }],
      [TEST, { raws: [] }],
      [PACKAGE, { raws: Array(26).fill(made(1)) }],
    ] as const) {
      const { errors } = await post(gateway.url, query, variables);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_QUERY' } }]);
    }
  });
});
