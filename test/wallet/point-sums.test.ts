import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plusMultiples } from '../../src/wallet/point-sums.ts';

const { Point } = secp256k1;
const { Fn } = Point;

/** Numbers of all sizes, and with digits that are zero. */
const scalars = fc
  .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(31), fc.nat(31))
  .map(([bytes, from, to]) => Fn.toBytes(Fn.create(Fn.fromBytes(bytes.fill(0, from, to), true) || 1n)));

const multiple = (scalar: Uint8Array) => Point.BASE.multiplyUnsafe(Fn.fromBytes(scalar));

it('adds multiples to points as the library does, one or many together', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(scalars, scalars), { minLength: 1, maxLength: 40 }), (pairs) => {
      const points = pairs.map(([point]) => multiple(point));
      const wanted = pairs.map(([, scalar], i) => points[i]!.add(multiple(scalar)));
      fc.pre(wanted.every((point) => !point.is0()));
      const sums = plusMultiples(
        points.map((point) => point.toAffine()),
        pairs.map(([, scalar]) => scalar),
      );
      expect(sums).toEqual(wanted.map((point) => point.toAffine()));
    }),
    { numRuns: 30 },
  );
});

it('adds a point to itself and to its opposite, beside others', () => {
  // The sum of its lower digits meets the same point, or its opposite, at a later digit.
  const [one, last] = [Fn.toBytes(1n), Fn.toBytes(Fn.ORDER - 1n)];
  const pairs = Array.from({ length: 40 }, (_, i) => [Fn.toBytes(BigInt(2 + i)), Fn.toBytes(BigInt(100 + i))] as const);
  const special = [
    [one, one],
    [Fn.toBytes(255n), Fn.toBytes(0x01_01n)],
    [Fn.toBytes(256n), Fn.toBytes(256n)],
    [last, Fn.toBytes(0x01_01n)],
    [Fn.toBytes(Fn.ORDER - 256n), Fn.toBytes(0x03_02_01n)],
  ] as const;
  const all = [...pairs.slice(0, 20), ...special, ...pairs.slice(20)];
  const sums = plusMultiples(
    all.map(([point]) => multiple(point).toAffine()),
    all.map(([, scalar]) => scalar),
  );
  expect(sums).toEqual(all.map(([point, scalar]) => multiple(point).add(multiple(scalar)).toAffine()));
});
