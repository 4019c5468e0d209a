import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BlockCheck } from '../../indexer/block-check.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, equalBytes, fromHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { HEADER_SIZE } from '../../src/chain/header.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import { networkById } from '../../src/chain/networks.ts';
import { legacyBlock, segwitBlock } from '../chain/fixtures.ts';

const NETWORK = networkById('btc-mainnet');
const COMMITMENT = fromHex('6a24aa21a9ed');
const ROOT_AT = 36;

/** The fault of a block, including that it cannot be parsed. */
function damageOf(bytes: Uint8Array): string | null {
  try {
    const { header, transactions } = parseBlock(bytes, NETWORK);
    const check = new BlockCheck(header, transactions.length, NETWORK);
    for (const transaction of transactions) check.add(transaction);
    return check.damage();
  } catch (error) {
    expect(error).toMatchObject({ code: 'MALFORMED_BYTES' });
    return (error as Error).message;
  }
}

/** The block with the merkle root of its transactions in its header. */
function rooted(bytes: Uint8Array): Uint8Array {
  const root = merkleRoot(parseBlock(bytes, NETWORK).transactions.map(({ txid }) => txid));
  const block = bytes.slice();
  block.set(root, ROOT_AT);
  return block;
}

/** A block whose coinbase commits to its witnesses. */
function committedBlock(count: number): Uint8Array {
  const block = segwitBlock(count);
  const { transactions } = parseBlock(block, NETWORK);
  const wtxids = transactions.map(({ wtxid }, i) => (i === 0 ? new Uint8Array(32) : wtxid));
  const commitment = hash256(concatBytes(merkleRoot(wtxids), new Uint8Array(32)));
  block.set(commitment, Buffer.from(block).indexOf(COMMITMENT) + COMMITMENT.length);
  return rooted(block);
}

function blockWith(header: Uint8Array, transactions: readonly Uint8Array[]): Uint8Array {
  const count = new ByteWriter(9).compactSize(transactions.length).finish();
  return concatBytes(header.subarray(0, HEADER_SIZE), count, ...transactions);
}

const SEGWIT = committedBlock(70);

it('finds nothing wrong with whole blocks', () => {
  expect(damageOf(legacyBlock())).toBeNull();
  for (const count of [1, 2, 3, 1_023, 1_024, 1_025, 2_500]) expect(damageOf(committedBlock(count))).toBeNull();
});

it.each([
  ['legacy', legacyBlock()],
  ['SegWit', SEGWIT],
] as const)('notices any flipped bit after the header of a %s block', (_, block) => {
  const bit = fc.integer({ min: 8 * HEADER_SIZE, max: 8 * block.length - 1 });
  fc.assert(
    fc.property(bit, (at) => {
      const damaged = block.slice();
      damaged[at >>> 3]! ^= 1 << (at & 7);
      expect(damageOf(damaged)).not.toBeNull();
    }),
    { numRuns: 300 },
  );
});

it('notices transactions that come twice, though the root stays the same (CVE-2012-2459)', () => {
  for (const count of [3, 6, 7, 1_026, 2_050, 3_072]) {
    const { transactions } = parseBlock(committedBlock(count), NETWORK);
    const whole = transactions.map(({ bytes }) => bytes);
    // At each level with a single last node, the subtree below it can be repeated.
    for (let span = 1; span < count; span *= 2) {
      if (Math.ceil(count / span) % 2 === 0 || count % span !== 0) continue;
      const mutated = blockWith(committedBlock(count), [...whole, ...whole.slice(-span)]);
      const { header } = parseBlock(mutated, NETWORK);
      const root = merkleRoot(parseBlock(mutated, NETWORK).transactions.map(({ txid }) => txid));
      expect(equalBytes(root, header.merkleRoot)).toBe(true);
      expect(damageOf(mutated)).toMatch(/occur twice/);
    }
  }
});

it('notices witnesses that are not those of the commitment, and those without one', () => {
  const { transactions } = parseBlock(SEGWIT, NETWORK);
  const raw = transactions.map(({ bytes }) => bytes);
  const strippedCoinbase = concatBytes(raw[0]!.subarray(0, 4), raw[0]!.subarray(6, -38), raw[0]!.subarray(-4));
  const withoutCommitment = Buffer.from(SEGWIT);
  withoutCommitment[withoutCommitment.indexOf(COMMITMENT)] = 0x6b;
  const stray = /BIP 141/;
  expect(damageOf(blockWith(SEGWIT, [strippedCoinbase, ...raw.slice(1)]))).toMatch(stray);
  expect(damageOf(rooted(new Uint8Array(withoutCommitment)))).toMatch(stray);
  expect(damageOf(rooted(segwitBlock(70)))).toMatch(stray);
});
