import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checksumOf, valueIn } from '../../src/store/checksum.ts';
import { packRows, storedRowAt } from '../../src/store/packed-rows.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

it('equals that of zlib, whole or in two pieces, at any offset', () => {
  fc.assert(
    fc.property(bytes, fc.nat(), fc.nat(), (memory, a, b) => {
      const [start, end] = [a % (memory.length + 1), b % (memory.length + 1)].sort((one, other) => one - other);
      const piece = memory.subarray(start, end);
      expect(checksumOf(memory, start, end)).toBe(crc32(piece));
      const middle = Math.floor(piece.length / 2);
      const first = checksumOf(piece, 0, middle);
      expect(checksumOf(piece, middle, piece.length, first)).toBe(crc32(piece));
    }),
  );
});

it('does not fit a row with a flipped bit in its key, its value or the checksum', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 41 }), bytes, fc.nat(), (key, value, at) => {
      const { value: stored } = storedRowAt(packRows([{ key, value }]), 0);
      expect(valueIn(key, stored)).toEqual(value);
      const all = Buffer.concat([key, stored]);
      const bit = at % (8 * all.length);
      all[bit >>> 3]! ^= 1 << (bit & 7);
      expect(valueIn(all.subarray(0, key.length), all.subarray(key.length))).toBeNull();
    }),
  );
});

it('is missed if a value is cut off or gone', () => {
  const { key, value } = storedRowAt(packRows([{ key: Uint8Array.of(1), value: new Uint8Array(0) }]), 0);
  expect(valueIn(key, value)).toEqual(new Uint8Array(0));
  for (let length = 0; length < value.length; length++) expect(valueIn(key, value.subarray(0, length))).toBeNull();
});
