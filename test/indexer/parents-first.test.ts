import { expect, it } from 'vitest';
import { parentsFirst } from '../../indexer/mempool/arrivals.ts';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';

const NETWORK = networkById('bsv-regtest');
/** More than a call takes arguments. A node of BSV accepts such a transaction. */
const OUTPUTS = 200_000;

it('a transaction that spends very many pending outputs comes after those that have them', () => {
  const made = (inputs: Parameters<typeof encodeTransaction>[0], count: number) =>
    transactionFromBytes(
      encodeTransaction(
        inputs,
        Array.from({ length: count }, () => ({ value: 1, script: p2pkhScript(1) })),
      ),
      NETWORK,
    );
  const parent = made([{ txid: new Uint8Array(32), index: 1 }], 1);
  const child = made(
    Array.from({ length: OUTPUTS }, (_, index) => ({ txid: parent.txid, index })),
    1,
  );
  const grandchild = made([{ txid: child.txid, index: 0 }], 1);
  expect(parentsFirst([grandchild, child, parent])).toEqual([parent, child, grandchild]);
});
