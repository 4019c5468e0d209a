import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { payment } from '../../src/dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../src/dev/regtest.ts';
import type { Coin } from '../../src/dev/transaction-builder.ts';
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

describe('a transaction that is given to a gateway', () => {
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

  it('without a node is not taken', async () => {
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
        message: expect.stringContaining('`raw` is no whole transaction of btc-regtest'),
        extensions: { code: 'MALFORMED_BYTES', retryable: false },
      },
    ]);
  });

  it('can be given again later where the node does not answer', async () => {
    const { status, errors } = await answerOf(made(1), rpcOf(NOWHERE));
    expect(status).toBe(503);
    expect(errors).toMatchObject([
      { message: ERROR_CODES.NODE_UNREACHABLE.meaning, extensions: { code: 'NODE_UNREACHABLE', retryable: true } },
    ]);
  });

  it('is not taken by GET, which may be asked for again unasked', async () => {
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
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
    await store.close();
    await node.close();
  });

  it('gives it a transaction, also one that it has already', async () => {
    const { txid, hex } = payment([coins[0]!]);
    for (let i = 0; i < 2; i++) {
      const { status, data, errors } = await post(gateway.url, BROADCAST, { raw: hex.toUpperCase() });
      expect(errors).toBeUndefined();
      expect([status, data]).toEqual([200, { broadcastTransaction: txid }]);
    }
    expect(await node.rpc('getrawmempool')).toEqual([txid]);
  });

  it('tells why it is refused, however large it is', async () => {
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
});
