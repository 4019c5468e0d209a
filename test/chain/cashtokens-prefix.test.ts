import { decodeTransactionBCH, encodeTokenPrefix, encodeTransactionBCH, readTokenPrefix } from '@bitauth/libauth';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, hashToHex, toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { splitTokenPrefix } from '../../src/chain/token.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';

const CATEGORY = 'bb'.repeat(32);
const SCRIPT = `76a914${'33'.repeat(20)}88ac`;

describe('valid prefixes of CHIP-2022-02', () => {
  it.each([
    ['1001', null, '', 1n],
    ['10fc', null, '', 252n],
    ['10fdfd00', null, '', 253n],
    ['10ffffffffffffffff7f', null, '', 9223372036854775807n],
    ['20', 'NONE', '', 0n],
    ['3001', 'NONE', '', 1n],
    ['30ffffffffffffffff7f', 'NONE', '', 9223372036854775807n],
    ['6001cc', 'NONE', 'cc', 0n],
    ['7002ccccfdfd00', 'NONE', 'cccc', 253n],
    [`7028${'cc'.repeat(40)}fe00000100`, 'NONE', 'cc'.repeat(40), 65536n],
    // Longer than the first upgrade allowed: 128 bytes are allowed since 2026.
    [`7080${'cc'.repeat(128)}fe00000100`, 'NONE', 'cc'.repeat(128), 65536n],
    ['21', 'MUTABLE', '', 0n],
    ['31feffffffff', 'MUTABLE', '', 4294967295n],
    ['7101ccff0000000001000000', 'MUTABLE', 'cc', 4294967296n],
    ['22', 'MINTING', '', 0n],
    ['7201ccfdffff', 'MINTING', 'cc', 65535n],
    [`72fd0802${'cc'.repeat(520)}ffffffffffffffff7f`, 'MINTING', 'cc'.repeat(520), 9223372036854775807n],
  ])('%s', (hex, capability, commitment, amount) => {
    for (const script of [SCRIPT, '']) {
      const { token, lockingScript } = splitTokenPrefix(fromHex(`ef${CATEGORY}${hex}${script}`));
      expect(toHex(lockingScript)).toBe(script);
      expect(token!.capability).toBe(capability);
      expect(toHex(token!.category)).toBe(CATEGORY);
      expect(toHex(token!.commitment)).toBe(commitment);
      expect(token!.amount).toBe(amount);
    }
  });
});

describe('invalid prefixes of CHIP-2022-02 are left as they are', () => {
  it.each([
    ['must encode at least one token', `${CATEGORY}00`],
    ['requires a category', ''],
    ['requires a category of 32 bytes', 'bbbbbbbb1001'],
    ['requires token information', CATEGORY],
    ['sets the reserved bit', `${CATEGORY}9001`],
    ['unknown capability', `${CATEGORY}23`],
    ['commitment without NFT', `${CATEGORY}5001cc01`],
    ['commitment without NFT and amount', `${CATEGORY}4001cc`],
    ['capability without NFT', `${CATEGORY}1101`],
    ['no commitment length', `${CATEGORY}60`],
    ['commitment length not minimal', `${CATEGORY}60fd0100cc`],
    ['commitment length 0', `${CATEGORY}6000`],
    ['commitment cut off', `${CATEGORY}6202cc`],
    ['no amount', `${CATEGORY}10`],
    ['amount cut off', `${CATEGORY}10fe000000`],
    ['amount cut off at 8 bytes', `${CATEGORY}7001ccff00000000000000`],
    ['amount 0', `${CATEGORY}1000`],
    ['amount not minimal', `${CATEGORY}10fd0100`],
    ['amount too large', `${CATEGORY}30ff0000000000000080`],
    ['commitment length beyond everything', `${CATEGORY}70ffffffffffffffffff`],
  ])('%s', (_, hex) => {
    const script = fromHex(`ef${hex}`);
    expect(splitTokenPrefix(script)).toEqual({ token: null, lockingScript: script });
  });

  it('any other script is left as it is', () => {
    const script = fromHex(SCRIPT);
    expect(splitTokenPrefix(script).lockingScript).toBe(script);
    expect(splitTokenPrefix(new Uint8Array(0)).token).toBeNull();
  });
});

const token = fc.record({
  category: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  amount: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
  nft: fc.option(
    fc.record({
      capability: fc.constantFrom('none' as const, 'mutable' as const, 'minting' as const),
      commitment: fc.uint8Array({ maxLength: 40 }),
    }),
    { nil: undefined },
  ),
});

it('any token is read back as libauth wrote it', () => {
  fc.assert(
    fc.property(token, fc.uint8Array(), ({ category, amount, nft }, script) => {
      const prefix = encodeTokenPrefix(nft ? { category, amount, nft } : { category, amount });
      const split = splitTokenPrefix(concatBytes(prefix, script));
      expect(split.lockingScript).toEqual(script);
      expect(hashToHex(split.token!.category)).toBe(toHex(category));
      expect(split.token!.amount).toBe(amount);
      expect(split.token!.capability).toBe(nft?.capability.toUpperCase() ?? null);
      expect(split.token!.commitment).toEqual(nft?.commitment ?? new Uint8Array(0));
    }),
  );
});

it('any bytes are a prefix exactly if libauth takes them for one', () => {
  const tail = fc.oneof(
    fc.uint8Array({ maxLength: 30 }),
    fc.constantFrom('1001', '20', '6001cc', '7201cc05').map(fromHex),
  );
  fc.assert(
    fc.property(tail, fc.nat(31), (bytes, missing) => {
      const script = concatBytes(fromHex(`ef${CATEGORY}`), bytes).subarray(
        0,
        33 + bytes.length - (missing % 4 ? 0 : missing),
      );
      const reference = readTokenPrefix({ bin: script, index: 0 });
      const { token: found, lockingScript } = splitTokenPrefix(script);
      const expected = typeof reference === 'string' ? null : (reference.result.token ?? null);
      expect(found === null).toBe(expected === null);
      if (typeof reference !== 'string') expect(lockingScript).toEqual(script.slice(reference.position.index));
    }),
    { numRuns: 2_000 },
  );
});

it('outputs of a BCH transaction carry the tokens that libauth reads', () => {
  const lockingBytecode = fromHex(SCRIPT);
  const nft = { capability: 'minting' as const, commitment: fromHex('c0ffee') };
  const outputs = [
    { lockingBytecode, valueSatoshis: 1000n, token: { category: fromHex(CATEGORY), amount: 5n, nft } },
    { lockingBytecode, valueSatoshis: 2000n },
  ];
  const outpointTransactionHash = fromHex(CATEGORY);
  const input = { outpointIndex: 0, outpointTransactionHash, sequenceNumber: 0, unlockingBytecode: new Uint8Array(0) };
  const bytes = encodeTransactionBCH({ version: 2, inputs: [input], outputs, locktime: 0 });
  expect(decodeTransactionBCH(bytes)).toMatchObject({ outputs });

  const [first, second] = transactionFromBytes(bytes, networkById('bch-mainnet')).outputs;
  expect(first!.lockingScript).toEqual(lockingBytecode);
  expect(first!.script.length).toBeGreaterThan(lockingBytecode.length);
  expect(first!.token).toEqual({
    category: fromHex(CATEGORY),
    capability: 'MINTING',
    commitment: fromHex('c0ffee'),
    amount: 5n,
  });
  expect(second!.token).toBeNull();
  expect(second!.lockingScript).toEqual(second!.script);

  const elsewhere = transactionFromBytes(bytes, networkById('bsv-mainnet')).outputs[0]!;
  expect(elsewhere.token).toBeNull();
  expect(elsewhere.lockingScript).toEqual(first!.script);
});
