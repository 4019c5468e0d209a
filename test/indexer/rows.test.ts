import { describe, expect, it } from 'vitest';
import { BlockRows, RowGroup } from '../../indexer/rows/rows.ts';
import { Block, parseBlock } from '../../src/chain/block.ts';
import { fromHex, hashToHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { rowsOf } from '../../src/store/packed-rows.ts';
import { decodeLockSums, EVERY_FAMILY, type LockSums, POSTING_KINDS } from '../../src/store/postings.ts';
import { encodeBlock, encodeCoinbase, type MadeOutput, p2pkhScript } from '../support/synthetic-chain.ts';

const NETWORK = networkById('btc-mainnet');

/** The values of the `lock` postings of a block that has only a coinbase. */
function lockSums(block: Block, height: number): LockSums[] {
  const { header, transactions, size } = block;
  const placed = { height, fork: 0, header, hash: hashToHex(header.hash) };
  const part = { block: placed, transactionCount: 1, first: 0, transactions, size, isLast: true, pages: [] };
  const group = new RowGroup();
  new BlockRows(placed, 1, { network: NETWORK, families: EVERY_FAMILY, firstSeen: () => null }).add(part, [[]], group);
  return rowsOf(group.postings.finish())
    .filter(({ key, value }) => key[0] === POSTING_KINDS.lock.tag && value.length > 0)
    .map(({ value }) => decodeLockSums(value));
}

function blockOf(outputs: readonly MadeOutput[]): Block {
  return parseBlock(encodeBlock(new Uint8Array(32), 1, [encodeCoinbase(1, outputs)]), NETWORK);
}

/** The block under another block's hash. */
function named(block: Block, hash: string): Block {
  const header = Object.create(block.header, { hash: { value: fromHex(hash).reverse() } });
  return new Block(header, block.transactions, block.bytes);
}

describe('the sums of a locking script', () => {
  const coins = [{ value: 50, script: p2pkhScript(1) }];

  it('distinguish an output of no value from no output', () => {
    expect(lockSums(blockOf(coins), 7)).toEqual([{ received: 50, spent: 0 }]);
    expect(lockSums(blockOf([{ value: 0, script: p2pkhScript(1) }]), 7)).toEqual([{ received: 0, spent: 0 }]);
  });

  it('leave out coins that never existed: of the genesis block, and of overwritten coinbases', () => {
    const coinless = [{ received: null, spent: 0 }];
    expect(lockSums(blockOf(coins), 0)).toEqual(coinless);
    for (const [height, hash] of [
      [91_722, '00000000000271a2dc26e7667f8419f2e15416dc6955e5a6c6cdf3f2574dd08e'],
      [91_812, '00000000000af0aed4792b1acee3d966af36cf5def14935db8de83d6f9306f2f'],
    ] as const) {
      expect(lockSums(named(blockOf(coins), hash), height)).toEqual(coinless);
    }
  });
});
