import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBlock } from '../../src/chain/block.ts';
import { equalBytes } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import {
  MerkleStack,
  merkleProof,
  merkleRoot,
  merkleRootOfProof,
  pagedMerkleProof,
  verifyMerkleProof,
} from '../../src/chain/merkle.ts';
import { networkById } from '../../src/chain/networks.ts';
import { legacyBlock } from './fixtures.ts';

/** Distinct leaves, made once because hashing thousands of them is slow. */
const leaves = Array.from({ length: 5_000 }, (_, i) => hash256(Uint8Array.of(i, i >>> 8)));

/** The plainest way to compute the root: double the last node of an odd level, and hash pairs until one node is left. */
function plainRoot(hashes: Uint8Array[]): Uint8Array {
  if (hashes.length === 1) return hashes[0]!;
  const level = hashes.length % 2 === 1 ? [...hashes, hashes.at(-1)!] : hashes;
  const pairs = Array.from({ length: level.length / 2 }, (_, i) => Buffer.concat([level[2 * i]!, level[2 * i + 1]!]));
  return plainRoot(pairs.map(hash256));
}

function subtreeRoot(hashes: readonly Uint8Array[], levels: number): Uint8Array {
  const stack = new MerkleStack();
  for (const hash of hashes) stack.add(hash);
  return stack.root(levels);
}

const pagesOf = (hashes: Uint8Array[], size: number) => {
  return Array.from({ length: Math.ceil(hashes.length / size) }, (_, i) => hashes.slice(i * size, (i + 1) * size));
};

it('the root equals that of a real block', () => {
  const { header, transactions } = parseBlock(legacyBlock(), networkById('btc-mainnet'));
  expect(merkleRoot(transactions.map(({ txid }) => txid))).toEqual(header.merkleRoot);
});

it('the root of one leaf is the leaf, and the root of no leaf is 0', () => {
  expect(merkleRoot([leaves[0]!])).toEqual(leaves[0]);
  expect(merkleRoot([])).toEqual(new Uint8Array(32));
});

describe('a proof', () => {
  const tree = fc.integer({ min: 1, max: 70 }).chain((count) => fc.tuple(fc.constant(count), fc.nat(count - 1)));

  it('leads from each leaf of each tree to the root', () => {
    fc.assert(
      fc.property(tree, ([count, index]) => {
        const hashes = leaves.slice(0, count);
        const root = plainRoot(hashes);
        const branch = merkleProof(hashes, index);
        expect(merkleRoot(hashes)).toEqual(root);
        expect(branch.length).toBe(Math.ceil(Math.log2(count)));
        expect(merkleRootOfProof(hashes[index]!, index, branch)).toEqual(root);
        expect(verifyMerkleProof(hashes[index]!, index, branch, root)).toBe(true);
      }),
    );
  });

  it('proves nothing of another leaf, place, branch or root', () => {
    fc.assert(
      fc.property(tree, fc.nat(), ([count, index], other) => {
        const hashes = leaves.slice(0, count);
        const root = merkleRoot(hashes);
        const branch = merkleProof(hashes, index);
        const leaf = hashes[index]!;
        expect(verifyMerkleProof(leaves[count]!, index, branch, root)).toBe(false);
        expect(verifyMerkleProof(leaf, index, branch, leaves[count]!)).toBe(false);
        expect(verifyMerkleProof(leaf, index + 2 ** branch.length, branch, root)).toBe(false);
        expect(verifyMerkleProof(leaf, index, [...branch, leaf], root)).toBe(false);
        if (branch.length > 0) {
          const wrong = branch.with(other % branch.length, leaves[count]!);
          expect(verifyMerkleProof(leaf, index, wrong, root)).toBe(false);
        }
      }),
    );
  });

  it.each([-1, 3, 1.5, Number.NaN])('does not exist for leaf %d of three', (index) => {
    expect(() => merkleProof(leaves.slice(0, 3), index)).toThrow(RangeError);
  });
});

describe('pages of a tree', () => {
  const around = [1, 2, 3, 5, 511, 512, 513, 700, 1_023, 1_024];
  const several = [1_025, 1_026, 1_500, 2_047, 2_048, 2_049, 3_071, 3_072, 3_073, 4_095, 4_096, 4_097, 4_999];

  it.each(several)('of 1,024 leaves have roots that combine into the root of all %i leaves', (count) => {
    const hashes = leaves.slice(0, count);
    const roots = pagesOf(hashes, 1_024).map((page) => subtreeRoot(page, 10));
    expect(merkleRoot(roots)).toEqual(merkleRoot(hashes));
    expect(equalBytes(merkleRoot(hashes), plainRoot(hashes))).toBe(true);
  });

  it.each(around)('a single page of %i leaves is the tree itself, without doubling up to the top', (count) => {
    const hashes = leaves.slice(0, count);
    expect(equalBytes(subtreeRoot(hashes, 10), merkleRoot(hashes))).toBe(count > 512);
  });

  it('of any size have roots that combine, and proofs that equal those made of all leaves', () => {
    const setting = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 400 }), fc.nat());
    fc.assert(
      fc.property(setting, ([levels, count, at]) => {
        const hashes = leaves.slice(0, count);
        const pages = pagesOf(hashes, 2 ** levels);
        const roots = pages.map((page) => subtreeRoot(page, levels));
        if (pages.length > 1) expect(merkleRoot(roots)).toEqual(merkleRoot(hashes));
        const index = at % count;
        const number = index >>> levels;
        const page = { hashes: pages[number]!, levels, number, roots };
        expect(pagedMerkleProof(page, index % 2 ** levels)).toEqual(merkleProof(hashes, index));
      }),
      { numRuns: 500 },
    );
  });

  it('have no proof for a leaf that does not exist', () => {
    const roots = pagesOf(leaves.slice(0, 6), 4).map((page) => subtreeRoot(page, 2));
    const page = { hashes: leaves.slice(4, 6), levels: 2, number: 1, roots };
    expect(pagedMerkleProof(page, 1)).toEqual(merkleProof(leaves.slice(0, 6), 5));
    expect(() => pagedMerkleProof(page, 2)).toThrow(RangeError);
  });
});
