import fc from 'fast-check';
import { expect, it } from 'vitest';
import { comparePlaces, decodeEventCursor, encodeEventCursor, type LivePlace } from '../../src/live/live-event.ts';

const MAX_U32 = 0xffff_ffff;

const placeOf: fc.Arbitrary<LivePlace> = fc.record({
  event: fc.record({
    number: fc.record({ epoch: fc.nat(0x7f_ffff), counter: fc.nat({ max: 2 ** 40 - 1 }) }),
    part: fc.nat(0xffff),
    index: fc.nat({ max: MAX_U32 }),
  }),
  item: fc.nat({ max: MAX_U32 }),
  mark: fc.nat({ max: MAX_U32 }),
});

it('a cursor holds its place, and any other text is refused', () => {
  fc.assert(
    fc.property(placeOf, fc.nat(), (place, n) => {
      const cursor = encodeEventCursor(place);
      expect(decodeEventCursor(cursor)).toEqual(place);
      expect(() => decodeEventCursor(cursor.slice(0, n % cursor.length))).toThrow(/not a cursor/);
      expect(() => decodeEventCursor(`${cursor}A`)).toThrow(/not a cursor/);
    }),
  );
});

it('places are ordered as their bytes', () => {
  fc.assert(
    fc.property(placeOf, placeOf, (a, b) => {
      const bytes = [a, { ...b, mark: a.mark }].map((place) => Buffer.from(encodeEventCursor(place), 'base64url'));
      expect(Math.sign(comparePlaces(a, b))).toBe(Buffer.compare(bytes[0]!, bytes[1]!));
    }),
  );
});
