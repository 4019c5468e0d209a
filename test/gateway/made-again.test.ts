import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { gatewayOver, post, storeOf } from './support.ts';

const KEY = 1;
const address = addressOf(p2pkhScript(KEY), networkById('btc-regtest'));
const pay = (key: number) => [{ value: 50, script: p2pkhScript(key) }];

/** A coinbase in blocks 0, 2 and 4: spent after the first two, and unspent after the last one (BIP 30 allows it). */
const AGAIN = encodeCoinbase(1_000, pay(KEY));
const outpoint = { txid: hash256(AGAIN), index: 0 };
const FIRST = encodeTransaction([outpoint], pay(2), 1);
const SECOND = encodeTransaction([outpoint], pay(3), 2);

function chain(): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  let previous: Uint8Array = new Uint8Array(32);
  const lists = [[AGAIN], [encodeCoinbase(1, pay(9)), FIRST], [AGAIN], [encodeCoinbase(3, pay(9)), SECOND], [AGAIN]];
  for (const [i, list] of lists.entries()) {
    const block = encodeBlock(previous, 1_000 + i, list);
    previous = hash256(block.subarray(0, 80));
    blocks.push(block);
  }
  return blocks;
}

describe('an output that is created again after it was spent', () => {
  // The coins of the genesis block cannot be spent.
  const gateway = gatewayOver(() => storeOf(chain(), 10));

  const ask = async (query: string) => {
    const { data, errors } = await post(gateway.url, query);
    expect(errors).toBeUndefined();
    return data;
  };
  const idOf = (transaction: Uint8Array) => hashToHex(hash256(transaction));

  it('is spent in each copy by the spender after it, never by one before it', async () => {
    const spenders: (string | null)[] = [];
    for (const height of [10, 12, 14]) {
      const { block } = await ask(
        `{ block(height: ${height}) { transactions(first: 1) { nodes { outputs { spentBy { transaction { txid } } } } } } }`,
      );
      spenders.push(block.transactions.nodes[0].outputs[0].spentBy?.transaction.txid ?? null);
    }
    expect(spenders).toEqual([idOf(FIRST), idOf(SECOND), null]);
    const { transaction } = await ask(
      `{ transaction(txid: "${idOf(AGAIN)}") { block { height } outputs { spentBy { index } } } }`,
    );
    expect(transaction).toEqual({ block: { height: 14 }, outputs: [{ spentBy: null }] });
  });

  it('is unspent in its last copy only, and counts each time', async () => {
    const { address: found } = await ask(`{ address(address: "${address}") {
      balance { received spent } unspentOutputs { nodes { transaction { block { height } } value } }
    } }`);
    expect(found.unspentOutputs.nodes).toEqual([{ transaction: { block: { height: 14 } }, value: 50 }]);
    expect(found.balance).toEqual({ received: 150, spent: 100 });
  });

  it('does not make the spenders of its copies conflict', async () => {
    for (const spender of [FIRST, SECOND]) {
      const { transaction } = await ask(`{ transaction(txid: "${idOf(spender)}") { conflicts { txid } } }`);
      expect(transaction.conflicts).toEqual([]);
    }
  });
});
