import { expect, it } from 'vitest';
import { Changes } from '../../indexer/mempool/changes.ts';
import { spentElsewhere } from '../../indexer/mempool/departures.ts';
import { PendingSet } from '../../indexer/mempool/pending-set.ts';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { OutputFinder } from '../../indexer/outputs/output-finder.ts';
import { PendingRows, type Unconfirmed } from '../../indexer/rows/pending-rows.ts';
import { addPostings, RowGroup } from '../../indexer/rows/rows.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { encodePosition } from '../../src/store/position.ts';
import { EVERY_FAMILY } from '../../src/store/postings.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { Batch } from '../../src/store/store.ts';
import { addTransaction } from '../../src/store/transactions.ts';
import { ChainWriter } from '../../src/store/writer.ts';
import { encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const NETWORK = networkById('btc-regtest');
const REST = { families: EVERY_FAMILY, hasCoins: true, firstSeen: null };

/** All of them spend the same output. */
function rival(name: number, size: number): Unconfirmed {
  const inputs = [{ txid: new Uint8Array(32).fill(7), index: 7 }];
  const outputs = [{ value: name, script: new Uint8Array(size) }];
  const transaction = transactionFromBytes(encodeTransaction(inputs, outputs), NETWORK);
  return { transaction, spent: [{ value: 9, script: p2pkhScript(7) }], firstSeen: 1_700_000_000 };
}

function withoutPieces(batch: Batch): Batch {
  return new Map([...batch].filter(([table]) => table !== 'payloads'));
}

it('the outputs that a block spends are found beside the rows of a run that was cut off', async () => {
  const store = await temporaryStore();
  const large = rival(1, 300_000);
  const group = new RowGroup();
  const position = encodePosition({ height: 5, fork: 0, index: 1 });
  addTransaction(position, large, group);
  addPostings({ ...large, position, height: 5, network: NETWORK, ...REST }, group);
  const parent = rival(2, 30);
  const other = encodePosition({ height: 5, fork: 0, index: 2 });
  addTransaction(other, parent, group);
  addPostings({ ...parent, position: other, height: 5, network: NETWORK, ...REST }, group);
  await store.write(withoutPieces(group.finish()));

  const inputs = [large, parent].map(({ transaction }) => ({ txid: transaction.txid, index: 0 }));
  const transactions = [transactionFromBytes(encodeTransaction(inputs, []), NETWORK)];
  const node = new BlockListNode(NETWORK, 0, []);
  const outputFinder = new OutputFinder({ store, node, network: NETWORK, cacheBytes: 1_000 });
  const spent = outputFinder.recent({ transactions });
  await outputFinder.lookUp({ transactions }, spent);
  expect(spent).toEqual([[null, { value: 2, script: new Uint8Array(30) }]]);
  await store.close();
});

it('the replacement of a transaction is found beside the rows of a writer that was cut off', async () => {
  const store = await temporaryStore();
  const options = { network: NETWORK.id, start: 0, holder: 'test:1', leaseMs: 60_000 };
  const killed = await ChainWriter.acquire(store, options);
  const rows = new PendingRows();
  rows.arrive(killed.next(), rival(1, 300_000), { height: 1, network: NETWORK, families: EVERY_FAMILY });
  await killed.write(withoutPieces(rows.finish()));

  const writer = await ChainWriter.acquire(store, options);
  const changes = new Changes({ writer, set: new PendingSet(), network: NETWORK, height: 1 });
  const context = { store, network: NETWORK, chain: Snapshot.latest(writer.state), isPending: () => true };
  const { transaction } = rival(2, 30);
  expect(await spentElsewhere(transaction, context)).toBeNull();
  // It counts only with the commit that takes the other one away.
  const winner = rival(3, 300_000);
  await changes.arrive(winner);
  await changes.flush();
  expect(await spentElsewhere(transaction, context)).toEqual({
    reason: 'replaced',
    by: hashToHex(winner.transaction.txid),
  });
  await store.close();
});
