import { describe, expect, it } from 'vitest';
import { fromHex, hashToHex } from '../../src/chain/bytes.ts';
import { difficultyFromBits, HEADER_SIZE, parseHeader, targetFromBits, workFromBits } from '../../src/chain/header.ts';
import { legacyBlock } from './fixtures.ts';
import { malformedOffset } from './support.ts';

/** Block 1 of mainnet. */
const BLOCK_1 = fromHex(
  '010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000' +
    '982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299',
);

describe('a block header', () => {
  it('has the fields of block 1', () => {
    const header = parseHeader(BLOCK_1);
    expect(hashToHex(header.hash)).toBe('00000000839a8e6886ab5951d76f411475428afc90947ee320161bbf18eb6048');
    expect(hashToHex(header.previousHash)).toBe('000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f');
    expect(hashToHex(header.merkleRoot)).toBe('0e3e2357e806b6cdb1f70b54c3a3a17b6714ee1f0e68bebb44a74b1efd512098');
    const { version, time, bits, nonce } = header;
    expect({ version, time, bits, nonce }).toEqual({
      version: 1,
      time: 1231469665,
      bits: 0x1d00ffff,
      nonce: 2573394689,
    });
  });

  it('has a signed version, as in Core', () => {
    const bytes = BLOCK_1.slice();
    bytes.fill(0xff, 0, 4);
    expect(parseHeader(bytes).version).toBe(-1);
  });

  it('is a view until it is detached', () => {
    const block = legacyBlock();
    const header = parseHeader(block);
    expect(header.bytes.buffer).toBe(block.buffer);
    expect(header.detach().bytes.buffer.byteLength).toBe(HEADER_SIZE);
    expect(header.detach().hash).toEqual(header.hash);
  });

  it('is refused when it is cut off', () => {
    expect(malformedOffset(() => parseHeader(BLOCK_1.subarray(0, 79)))).toBe(79);
    expect(malformedOffset(() => parseHeader(BLOCK_1, 1))).toBe(80);
  });
});

describe('compact targets, by the vectors of arith_uint256_tests', () => {
  it.each([
    [0, 0n],
    [0x00123456, 0n],
    [0x01003456, 0n],
    [0x02000056, 0n],
    [0x03000000, 0n],
    [0x04000000, 0n],
    [0x00923456, 0n],
    [0x01803456, 0n],
    [0x02800056, 0n],
    [0x03800000, 0n],
    [0x04800000, 0n],
    [0x01123456, 0x12n],
    [0x02123456, 0x1234n],
    [0x03123456, 0x123456n],
    [0x04123456, 0x12345600n],
    [0x05009234, 0x92340000n],
    [0x20123456, 0x123456n << 232n],
    // Negative.
    [0x01fedcba, 0n],
    [0x04923456, 0n],
    // Overflow.
    [0xff123456, 0n],
    [0x21010000, 0n],
    [0x22000100, 0n],
    [0x23000001, 0n],
    // The highest of each size that does not overflow.
    [0x2100ffff, 0xffffn << 240n],
    [0x220000ff, 0xffn << 248n],
  ])('%s', (bits, target) => {
    expect(targetFromBits(bits)).toBe(target);
  });

  it("give the same work as Core's GetBlockProof", () => {
    expect(workFromBits(0x1d00ffff)).toBe(0x1_0001_0001n);
    expect(workFromBits(0x207fffff)).toBe(2n);
    expect(workFromBits(0x04923456)).toBe(0n);
    expect(workFromBits(0xff123456)).toBe(0n);
  });

  // blockchain_tests.cpp of Core
  it.each([
    [0x1f111111, 0.000001],
    [0x1ef88f6f, 0.000016],
    [0x1df88f6f, 0.004023],
    [0x1cf88f6f, 1.029916],
    [0x12345678, 5.913134931067755e24],
    [0x1d00ffff, 1],
    [0x1b0404cb, 16307.420938523983],
    [0x207fffff, 4.656542373906925e-10],
  ])('give the same difficulty as Core: %s', (bits, difficulty) => {
    expect(Math.abs(difficultyFromBits(bits) - difficulty)).toBeLessThan(Math.max(1e-6, difficulty * 1e-12));
  });
});
