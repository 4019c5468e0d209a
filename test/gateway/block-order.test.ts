import { expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { gatewayOver, post, storeOf } from './support.ts';

const KEY = 1;
const address = addressOf(p2pkhScript(KEY), networkById('btc-regtest'));
const pay = (key: number) => [{ value: 50, script: p2pkhScript(key) }];
const idOf = (transaction: Uint8Array) => hashToHex(hash256(transaction));
const spend = (transaction: Uint8Array, key: number) =>
  encodeTransaction([{ txid: hash256(transaction), index: 0 }], pay(key));

const FUNDS = encodeCoinbase(0, pay(9));
const PARENT = spend(FUNDS, KEY);
const CHILD = spend(PARENT, 2);

// Blocks of BCH are sorted by transaction id since 2018, so a spender may come before its output.
const gateway = gatewayOver(() => {
  const first = encodeBlock(new Uint8Array(32), 1_000, [FUNDS]);
  const second = encodeBlock(hash256(first.subarray(0, 80)), 1_001, [encodeCoinbase(1, pay(9)), CHILD, PARENT]);
  return storeOf([first, second], 10);
});

it('an output is spent by an earlier transaction of its block', async () => {
  const { data, errors } = await post(
    gateway.url,
    `{ transaction(txid: "${idOf(PARENT)}") { blockIndex outputs { spentBy { transaction { txid blockIndex } } } }
       address(address: "${address}") { balance { received spent } unspentOutputs { nodes { value } } } }`,
  );
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    transaction: { blockIndex: 2, outputs: [{ spentBy: { transaction: { txid: idOf(CHILD), blockIndex: 1 } } }] },
    address: { balance: { received: 50, spent: 50 }, unspentOutputs: { nodes: [] } },
  });
});

it('such a spender has no conflicts', async () => {
  const { data } = await post(gateway.url, `{ transaction(txid: "${idOf(CHILD)}") { conflicts { txid } } }`);
  expect(data).toEqual({ transaction: { conflicts: [] } });
});
