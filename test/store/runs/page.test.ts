import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, MalformedBytesError, mapKey } from '../../../src/chain/bytes.ts';
import { compressed } from '../../../src/store/compression.ts';
import { countUpTo, PageBuilder, PageCursor, rowsIn, unpackPage } from '../../../src/store/runs/page.ts';
import type { Row } from '../../../src/store/store.ts';
import { Random } from '../../chain/random.ts';

/** Few different bytes, so that keys share much. */
const key = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ maxLength: 12, max: 2 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 255 }) },
);
const value = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: 250, max: 260 }).map((length) => new Uint8Array(length).fill(length)) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array(1_000).fill(7)) },
);

/** Rows in key order, each key once: often as many as fill some restart points just so. */
const rowsOfPage = fc
  .tuple(
    fc.constantFrom(1, 2, 15, 16, 17, 32, 33, 60),
    fc.array(fc.tuple(key, value), { minLength: 60, maxLength: 80 }),
  )
  .map(([count, rows]) => {
    const unique = new Map(rows.map(([key, value]) => [mapKey(key), { key, value }]));
    return [...unique.values()].slice(0, count).sort((a, b) => compareBytes(a.key, b.key));
  });

function pageFrom(rows: readonly Row[]): Uint8Array {
  const builder = new PageBuilder();
  for (const { key, value } of rows) {
    const [keyEnd, valueEnd] = [key.length, value.length];
    builder.add({ keyBytes: key, keyStart: 0, keyEnd, valueBytes: value, valueStart: 0, valueEnd });
  }
  expect(builder.rows).toBe(rows.length);
  expect(builder.lastKey).toEqual(rows.at(-1)!.key);
  return compressed(builder.take());
}

function rowsFrom(cursor: PageCursor, has = cursor.next()): Row[] {
  const rows: Row[] = [];
  for (; has; has = cursor.next()) {
    rows.push({ key: cursor.key, value: cursor.valueBytes.slice(cursor.valueStart, cursor.valueEnd) });
  }
  return rows;
}

describe('a page', () => {
  it('has the rows that were put into it, from its beginning and from any key', () => {
    fc.assert(
      fc.property(rowsOfPage, key, (rows, from) => {
        const page = unpackPage(pageFrom(rows));
        expect(rowsFrom(new PageCursor(page))).toEqual(rows);
        for (const start of [from, rows[0]!.key, rows.at(-1)!.key, rows[rows.length >> 1]!.key]) {
          const cursor = new PageCursor(page);
          const expected = rows.filter((row) => compareBytes(row.key, start) >= 0);
          expect(rowsFrom(cursor, cursor.seek(start))).toEqual(expected);
          expect(countUpTo(page, start)).toBe(rows.filter((row) => compareBytes(row.key, start) <= 0).length);
        }
      }),
    );
  });

  it('gives as many rows of a range as are asked for, from both ends', () => {
    fc.assert(
      fc.property(rowsOfPage, key, key, fc.nat(30), (rows, a, b, most) => {
        const page = unpackPage(pageFrom(rows));
        const [min, max] = compareBytes(a, b) < 0 ? [a, b] : [b, a];
        const inRange = rows.filter((row) => compareBytes(min, row.key) <= 0 && compareBytes(row.key, max) <= 0);
        expect(rowsIn(page, { min, max }, most, false)).toEqual(inRange.slice(0, most));
        expect(rowsIn(page, { min, max }, most, true)).toEqual(inRange.reverse().slice(0, most));
        expect(rowsIn(page, { min, max }, Number.POSITIVE_INFINITY, true)).toEqual(inRange);
      }),
    );
  });

  it('refuses a row that is longer than any page', () => {
    const row = (keyLength: number, valueLength: number) =>
      pageFrom([{ key: new Uint8Array(keyLength), value: new Uint8Array(valueLength) }]);
    expect(unpackPage(row(255, 60_000)).length).toBeGreaterThan(60_000);
    expect(() => row(256, 0)).toThrow(RangeError);
    expect(() => row(1, 65_600)).toThrow(RangeError);
  });
});

describe('bytes that are no page', () => {
  /** Everything that reads a page, which must come to an end. */
  function readAll(bytes: Uint8Array): void {
    const page = unpackPage(bytes);
    let rows = 0;
    for (const cursor = new PageCursor(page); cursor.next(); ) rows += 1;
    expect(rows).toBeLessThanOrEqual(page.length);
    countUpTo(page, Uint8Array.of(1, 1));
    const range = { min: new Uint8Array(0), max: new Uint8Array(255).fill(0xff) };
    for (const reverse of [false, true]) rowsIn(page, range, Number.POSITIVE_INFINITY, reverse);
  }

  function expectAnEnd(bytes: Uint8Array): void {
    try {
      readAll(bytes);
    } catch (error) {
      if (!(error instanceof MalformedBytesError)) throw error;
    }
  }

  it('are refused, or read to an end, whatever they are', () => {
    const uncompressed = fc.uint8Array({ minLength: 2, maxLength: 60 }).map((rows) => Uint8Array.of(0, ...rows));
    const compressed = fc
      .uint8Array({ minLength: 2, maxLength: 60 })
      .map((rows) => Uint8Array.of(1, ...zstdCompressSync(rows)));
    fc.assert(fc.property(fc.oneof(uncompressed, compressed, fc.uint8Array({ maxLength: 40 })), expectAnEnd), {
      numRuns: 3_000,
      endOnFailure: true,
    });
  });

  it('are refused, or read to an end, if they were a page once', () => {
    fc.assert(
      fc.property(rowsOfPage, fc.nat(), fc.boolean(), (rows, seed, isCut) => {
        const random = new Random(seed);
        const raw = Uint8Array.of(0, ...unpackPage(pageFrom(rows)));
        for (const page of [raw, pageFrom(rows)]) {
          const damaged = isCut ? page.slice(0, random.below(page.length)) : page.slice();
          if (!isCut) damaged[random.below(page.length)]! ^= 1 << random.below(8);
          expectAnEnd(damaged);
        }
      }),
      { numRuns: 300, endOnFailure: true },
    );
  });

  it('take no memory if they would be decompressed to much more than a page', () => {
    const bomb = Uint8Array.of(1, ...zstdCompressSync(new Uint8Array(10_000_000)));
    expect(() => unpackPage(bomb)).toThrow(MalformedBytesError);
  });

  it('are refused where a row goes beyond the end', () => {
    const refused = [
      [],
      [0],
      [2, 0, 0],
      // a key of which more is missing than there is
      [0, 0, 9, 0, 1, 0, 0, 1, 0],
      // a value of nine bytes as a CompactSize
      [0, 0, 1, 0xff, 1, 1, 1, 0, 0, 1, 0],
    ];
    for (const bytes of refused) expect(() => readAll(Uint8Array.from(bytes))).toThrow(MalformedBytesError);
  });
});
