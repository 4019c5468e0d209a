import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, fromHex, toHex } from '../../src/chain/bytes.ts';
import { dataPushes, isData } from '../../src/chain/data.ts';

const pushes = (hex: string) => dataPushes(fromHex(hex))?.map(({ opcode, data, rest }) => [opcode, toHex(data), rest]);

describe('a data output', () => {
  it('begins with OP_RETURN or OP_FALSE OP_RETURN', () => {
    expect(pushes('6a')).toEqual([]);
    expect(pushes('006a')).toEqual([]);
    expect(pushes('6a0201020103')).toEqual([
      [2, '0102', false],
      [1, '03', false],
    ]);
    expect(pushes('006a0201020103')).toEqual(pushes('6a0201020103'));
  });

  it.each(['', '00', '0000', '51', '516a', '00516a', '01006a', '4c006a', '76a91400'])(
    'does not begin with %j',
    (hex) => {
      expect(pushes(hex)).toBeUndefined();
    },
  );

  it('holds numbers as their bytes, and other opcodes as elements without data', () => {
    expect(pushes('6a004f51606a7c')).toEqual([
      [0x00, '', false],
      [0x4f, '81', false],
      [0x51, '01', false],
      [0x60, '10', false],
      [0x6a, '', false],
      [0x7c, '', false],
    ]);
    expect(dataPushes(fromHex('6a004f51606a7c50614c00'))!.map(isData)).toEqual([
      ...[true, true, true, true],
      ...[false, false, false, false, true],
    ]);
  });

  it('keeps a malformed tail as its last element', () => {
    expect(pushes('6a01aa4c05bbcc')).toEqual([
      [1, 'aa', false],
      [0x4c, '4c05bbcc', true],
    ]);
    expect(dataPushes(fromHex('6a05bb'))!.map(isData)).toEqual([true]);
  });

  it('keeps everything after 100,000 elements as one element', () => {
    const elements = dataPushes(concatBytes(Uint8Array.of(0x6a), new Uint8Array(100_002).fill(0x61)))!;
    const last = elements.at(-1)!;
    expect(elements).toHaveLength(100_001);
    expect([last.rest, last.data.length, isData(last)]).toEqual([true, 2, true]);
  });

  it('gives views, of any length', () => {
    const payload = new Uint8Array(100_000_000).fill(7);
    const script = concatBytes(
      new ByteWriter().u8(0x6a).u8(0x4e).u32(payload.length).finish(),
      payload,
      Uint8Array.of(0x51),
    );
    const [push, one] = dataPushes(script)!;
    expect(push!.data.length).toBe(100_000_000);
    expect(push!.data.buffer).toBe(script.buffer);
    expect(push!.data.at(-1)).toBe(7);
    expect(one!.opcode).toBe(0x51);
  });
});

it('pushes are read back as they were written, in any form', () => {
  const push = fc.record({
    data: fc.uint8Array({ minLength: 1, maxLength: 400 }),
    width: fc.constantFrom(0, 1, 2, 4),
  });
  fc.assert(
    fc.property(fc.boolean(), fc.array(push), (isFalse, list) => {
      const writer = new ByteWriter().bytes(isFalse ? Uint8Array.of(0, 0x6a) : Uint8Array.of(0x6a));
      for (const { data, width } of list) {
        if (width === 4) writer.u8(0x4e).u32(data.length);
        else if (width === 2 || data.length > 0xff) writer.u8(0x4d).u16(data.length);
        else if (width === 1 || data.length > 0x4b) writer.u8(0x4c).u8(data.length);
        else writer.u8(data.length);
        writer.bytes(data);
      }
      expect(dataPushes(writer.finish())!.map(({ data }) => data)).toEqual(list.map(({ data }) => data));
    }),
  );
});
