import { Block as ReferenceBlock } from 'bitcoinjs-lib';
import { describe, expect, it } from 'vitest';
import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { targetFromBits } from '../../src/chain/header.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import { networkById } from '../../src/chain/networks.ts';
import { legacyBlock, segwitBlock, testnetBlock } from './fixtures.ts';

const btc = networkById('btc-mainnet');

describe.each([
  ['mainnet block 357238', legacyBlock()],
  ['testnet block 86756', testnetBlock()],
  ['a SegWit block', segwitBlock(500)],
])('%s', (_, bytes) => {
  const block = parseBlock(bytes, btc);
  const reference = ReferenceBlock.fromBuffer(bytes);

  it('has the sizes and weights of bitcoinjs-lib', () => {
    expect(block.size).toBe(bytes.length);
    expect(block.strippedSize).toBe(reference.byteLength(false, false));
    expect(block.weight).toBe(reference.weight());
    for (const [i, transaction] of block.transactions.entries()) {
      expect(transaction.size).toBe(reference.transactions![i]!.byteLength(true));
      expect(transaction.strippedSize).toBe(reference.transactions![i]!.byteLength(false));
      expect(transaction.weight).toBe(reference.transactions![i]!.weight());
      expect(transaction.virtualSize).toBe(reference.transactions![i]!.virtualSize());
    }
  });
});

it.each([
  ['mainnet block 357238', legacyBlock()],
  ['testnet block 86756', testnetBlock()],
])('%s is proven by its work and commits to its transactions', (_, bytes) => {
  const { header, transactions } = parseBlock(bytes, btc);
  expect(BigInt(`0x${hashToHex(header.hash)}`)).toBeLessThanOrEqual(targetFromBits(header.bits));
  expect(merkleRoot(transactions.map(({ txid }) => txid))).toEqual(header.merkleRoot);
});
