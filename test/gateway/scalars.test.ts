import fc from 'fast-check';
import { type GraphQLScalarType, Kind, parseValue } from 'graphql';
import { describe, expect, it } from 'vitest';
import { SCALARS } from '../../src/gateway/resolvers/scalars.ts';

const { Hash, Hex, Satoshis, UInt, Timestamp, DateTime, Moment, Cursor } = SCALARS;
const HASH = '00000000000000000f3db04d442e92c172691170ca47dfea5be2b9613cf0343d';

function parsed(scalar: GraphQLScalarType, literal: string): unknown {
  return scalar.parseLiteral(parseValue(literal));
}

describe('scalars', () => {
  it('turn bytes into hexadecimal and back', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = Hex.serialize(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('hex'));
        expect(Hex.parseValue(text)).toEqual(bytes);
        expect(Hex.parseValue(text.toUpperCase())).toEqual(bytes);
      }),
    );
  });

  it('reverse hashes, which are in internal byte order inside', () => {
    const bytes = Hash.parseValue(HASH);
    expect(bytes[31]).toBe(0);
    expect(bytes[0]).toBe(0x3d);
    expect(Hash.serialize(bytes)).toBe(HASH);
    expect(parsed(Hash, `"${HASH.toUpperCase()}"`)).toEqual(bytes);
  });

  it.each([
    ['2015-05-20', 1_432_080_000],
    ['2015-05-20T08:04:58Z', 1_432_109_098],
    ['2015-05-20T08:04:58.999Z', 1_432_109_098],
    ['2015-05-20T10:04+02:00', 1_432_109_040],
    [1_432_109_098, 1_432_109_098],
  ])('reads the moment %s', (text, seconds) => {
    expect(Moment.parseValue(text)).toBe(seconds);
  });

  it('show moments as they are documented', () => {
    expect(DateTime.serialize(1_432_109_098)).toBe('2015-05-20T08:04:58.000Z');
    expect(Timestamp.serialize(1_432_109_098)).toBe(1_432_109_098);
  });

  it('keep amounts as numbers', () => {
    expect(Satoshis.serialize(21e14)).toBe(2_100_000_000_000_000);
    expect(parsed(UInt, '9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([
    [Hash, HASH.slice(1)],
    [Hash, `g${HASH.slice(1)}`],
    [Hash, 0],
    [Hex, '0'],
    [Hex, '0x00'],
    [Hex, 12],
    [Satoshis, 21e14 + 1],
    [Satoshis, '1'],
    [Satoshis, 0.5],
    [UInt, -1],
    [UInt, 2 ** 53],
    [UInt, '1'],
    [Moment, '2015-05-20T08:04:58'],
    [Moment, '2015-02-30'],
    [Moment, '2015-13-01'],
    [Moment, '20 May 2015'],
    [Moment, -1],
    [Moment, '1960-01-01'],
    [DateTime, 1_432_109_098],
    [Cursor, 'x'.repeat(201)],
    [Cursor, 1],
  ] as [GraphQLScalarType, unknown][])('%s refuses %j and says what it must be', (scalar, value) => {
    expect(() => scalar.parseValue(value)).toThrow(`${scalar.name} must be `);
  });

  it('refuse literals of another kind, with the place in the query', () => {
    const node = { kind: Kind.BOOLEAN, value: true } as const;
    expect(() => UInt.parseLiteral(node)).toThrow('UInt must be a whole number');
  });
});
