import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import {
  ByteReader,
  compactSizeLength,
  compareBytes,
  concatBytes,
  equalBytes,
  fromHex,
  hashFromHex,
  hashToHex,
  MalformedBytesError,
  toHex,
  viewOf,
} from '../../src/chain/bytes.ts';
import { malformedOffset } from './support.ts';

const GENESIS = '000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f';

describe('hex text', () => {
  it('round-trips any bytes, in either case', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString('hex'));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['0g', 1],
    ['zz', 0],
    ['00 0', 2],
    ['0x00', 1],
    ['abc', 3],
    ['abz', 2],
    ['12ſ4', 2],
    ['00\u0130\u0130', 2],
  ])('refuses %j at character %i', (text, offset) => {
    expect(malformedOffset(() => fromHex(text))).toBe(offset);
  });
});

describe('hashes as people write them', () => {
  it('are in reversed byte order', () => {
    const hash = hashFromHex(GENESIS);
    expect(toHex(hash)).toBe('6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000');
    expect(hashToHex(hash)).toBe(GENESIS);
  });

  it.each(['', '00', GENESIS.slice(1), `${GENESIS}00`, GENESIS.replace('6f', '6 ')])('refuse %j', (text) => {
    expect(() => hashFromHex(text)).toThrow(MalformedBytesError);
  });

  it('leave the bytes as they are', () => {
    const hash = hashFromHex(GENESIS);
    hashToHex(hash);
    expect(hash[0]).toBe(0x6f);
  });
});

describe('byte arrays', () => {
  it('compare like Buffers', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(toHex(a) === toHex(b));
        expect(equalBytes(a, a.slice())).toBe(true);
        expect(concatBytes(a, b)).toEqual(Uint8Array.of(...a, ...b));
      }),
    );
  });

  it('are seen through a plain view, also those of a Buffer', () => {
    const buffer = Buffer.from('00010203', 'hex');
    const view = viewOf(buffer, 1, 3);
    expect(view).toEqual(Uint8Array.of(1, 2));
    expect(view.constructor).toBe(Uint8Array);
    expect(view.buffer).toBe(buffer.buffer);
  });
});

/** Reads a field of a kind. Only the writer has u16 and i32. */
function readBack(reader: ByteReader, kind: 'u8' | 'u16' | 'u32' | 'i32' | 'u64' | 'compactSize'): number {
  if (kind === 'u16') return Buffer.from(reader.bytes(2)).readUInt16LE();
  if (kind === 'i32') return Buffer.from(reader.bytes(4)).readInt32LE();
  return reader[kind]();
}

describe('ByteReader', () => {
  it('reads back what ByteWriter wrote', () => {
    const field = fc.oneof(
      fc.record({ kind: fc.constant('u8' as const), value: fc.nat(0xff) }),
      fc.record({ kind: fc.constant('u16' as const), value: fc.nat(0xffff) }),
      fc.record({ kind: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
      fc.record({ kind: fc.constant('i32' as const), value: fc.integer() }),
      fc.record({ kind: fc.constant('u64' as const), value: fc.maxSafeNat() }),
      fc.record({ kind: fc.constant('compactSize' as const), value: fc.maxSafeNat() }),
    );
    fc.assert(
      fc.property(fc.array(field), fc.uint8Array(), (fields, tail) => {
        const writer = new ByteWriter(1);
        for (const { kind, value } of fields) writer[kind](value);
        const reader = new ByteReader(writer.bytes(tail).finish());
        for (const { kind, value } of fields) expect(readBack(reader, kind)).toBe(value);
        expect(reader.bytes(tail.length)).toEqual(tail);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  it.each([0, 0xfc, 0xfd, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER])(
    'reads the CompactSize of %i',
    (size) => {
      const bytes = new ByteWriter().compactSize(size).finish();
      expect(bytes.length).toBe(compactSizeLength(size));
      expect(new ByteReader(bytes).compactSize()).toBe(size);
      expect(new ByteReader(bytes).compactSize64()).toBe(BigInt(size));
    },
  );

  it.each(['fdfc00', 'fd0000', 'feffff0000', 'ffffffffff00000000', 'ff00000000000020ff', 'ffffffffffffffffff', 'fd00'])(
    'refuses the CompactSize %s',
    (hex) => {
      const reader = new ByteReader(fromHex(`00${hex}`), 1);
      expect(malformedOffset(() => reader.compactSize())).toBeGreaterThan(0);
    },
  );

  it('reads the largest CompactSize as a bigint', () => {
    expect(new ByteReader(fromHex('ffffffffffffffffff')).compactSize64()).toBe(2n ** 64n - 1n);
    expect(() => new ByteReader(fromHex('ffffffffff00000000')).compactSize64()).toThrow(MalformedBytesError);
    expect(() => new ByteReader(fromHex('ffffff')).compactSize64()).toThrow(MalformedBytesError);
  });

  it('says where the bytes end too early', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3), 1);
    expect(reader.u8()).toBe(2);
    for (const read of [() => reader.u32(), () => reader.u64(), () => reader.bytes(2)]) {
      expect(malformedOffset(read)).toBe(2);
    }
    expect(reader.remaining).toBe(1);
  });

  it('refuses a 64-bit number that is not exact', () => {
    expect(new ByteReader(fromHex('ffffffffffff1f00')).u64()).toBe(Number.MAX_SAFE_INTEGER);
    expect(malformedOffset(() => new ByteReader(fromHex('0000000000002000')).u64())).toBe(0);
  });
});
