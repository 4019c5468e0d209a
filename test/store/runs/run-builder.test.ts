import { describe, expect, it } from 'vitest';
import { equalBytes, fromHex, toHex } from '../../../src/chain/bytes.ts';
import { decodePosition, encodePosition } from '../../../src/store/position.ts';
import { postingKey, postingPrefix, postingRange } from '../../../src/store/postings.ts';
import { hashOfRange, mayHave, pageFor } from '../../../src/store/runs/filter.ts';
import { rowsIn } from '../../../src/store/runs/page.ts';
import { FANOUT, filterPage, isFilter, levelsOf, pageNumber, pagesOf, ROWS } from '../../../src/store/runs/run.ts';
import { RunScan } from '../../../src/store/runs/run-scan.ts';
import type { KeyRange, Row } from '../../../src/store/store.ts';
import { Random } from '../../chain/random.ts';
import { type MadeRun, madeInSteps, madeRun, openPage, randomPostings, sorted } from './made-runs.ts';

const ID = { epoch: 3, number: 7 };
/** The longest page that SQLite keeps in one page of its file. */
const LONGEST_PAGE = 8_100;
/** Fills a page for itself, which becomes small. */
const LARGE = new Uint8Array(16_000);
const EVERYTHING: KeyRange = { min: new Uint8Array(29), max: new Uint8Array(29).fill(0xff) };

/** Scans a run as a store does; pages in `damaged` cannot be read. */
function scanned(made: MadeRun, range: KeyRange, { most = 1e9, reverse = false, damaged = new Set<number>() }): Row[] {
  const scan = new RunScan(made.run, range, { most, reverse });
  const known = new Map<number, Uint8Array | null>();
  for (;;) {
    const wanted = scan.advance({ page: (_, page) => known.get(page) });
    if (wanted.length === 0) return scan.rows.slice(0, most);
    for (const page of wanted) {
      expect(known.has(page)).toBe(false);
      const bytes = isFilter(page) ? made.pages.get(page)! : openPage(made, page);
      known.set(page, damaged.has(page) ? null : bytes);
    }
  }
}

function expectAll(made: MadeRun, rows: readonly Row[]): void {
  expect(made.run).toMatchObject({ ...ID, rows: rows.length });
  expect([...made.pages.keys()].sort((a, b) => a - b)).toEqual([...pagesOf(made.run)].sort((a, b) => a - b));
  const heights = rows.map(({ key }) => decodePosition(key).height);
  expect(made.run.heights).toEqual([
    heights.reduce((a, b) => Math.min(a, b)),
    heights.reduce((a, b) => Math.max(a, b)),
  ]);
}

/** Compares by text: `toEqual` takes long for many rows. */
function texts(rows: readonly Row[]): string[] {
  return rows.map(({ key, value }) => `${toHex(key)} ${value.length === LARGE.length ? 'large' : toHex(value)}`);
}

function expectSame(rows: readonly Row[], expected: readonly Row[]): void {
  expect(texts(rows).join('\n')).toBe(texts(expected).join('\n'));
}

function expectRanges(made: MadeRun, rows: readonly Row[], damaged = new Set<number>()): void {
  const random = new Random(rows.length);
  for (let i = 0; i < 12; i++) {
    const [from, to] = [random.below(rows.length), random.below(rows.length)].sort((a, b) => a - b) as [number, number];
    const range = { min: rows[from]!.key, max: rows[to]!.key };
    const most = [1, 30, 2_000][i % 3]!;
    const inRange = rows.slice(from, to + 1);
    expectSame(scanned(made, range, { most, damaged }), inRange.slice(0, most));
    expectSame(scanned(made, range, { most, reverse: true, damaged }), inRange.reverse().slice(0, most));
  }
}

describe('a run', () => {
  it.each([1, 2, 300, 10_000])('of %d postings has all of them, each once, in pages of a bounded length', (count) => {
    const rows = randomPostings(count, count);
    const made = madeRun(ID, [...rows, ...rows.slice(0, 10)]);
    expectAll(made, rows);
    expectRanges(made, rows);
    expectSame(scanned(made, EVERYTHING, {}), rows);
    for (const page of made.pages.values()) expect(page.length).toBeLessThanOrEqual(LONGEST_PAGE);
  });

  it('is the same, byte for byte, if it is made of the same rows in another order', () => {
    const rows = randomPostings(1, 5_000);
    expect(madeRun(ID, rows.toReversed())).toEqual(madeRun(ID, rows));
  });

  it('has pages of a bounded length even if values cannot be compressed', () => {
    const rows = randomPostings(2, 3_000, 300);
    const made = madeRun(ID, rows);
    expectAll(made, rows);
    expectRanges(made, rows);
    for (const page of made.pages.values()) expect(page.length).toBeLessThanOrEqual(LONGEST_PAGE);
  });

  it('has a page for itself of each row that is longer than one', () => {
    const rows = randomPostings(3, 20, 20_000);
    const made = madeRun(ID, rows);
    expectAll(made, rows);
    expectRanges(made, rows);
    expect(made.run.pages).toBe(20);
  });

  it('that has several pages of first keys is read from any key, also if some of them are damaged', () => {
    const rows = randomPostings(4, 2 * FANOUT + 50).map(({ key }) => ({ key, value: LARGE }));
    const made = madeRun(ID, rows);
    expectAll(made, rows);
    expect(levelsOf(made.run)).toEqual([rows.length, 3, 1]);
    expectRanges(made, rows);
    for (const index of [0, 1, 2]) expectRanges(made, rows, new Set([pageNumber(1, index)]));
    expectRanges(made, rows, new Set([pageNumber(2, 0)]));
    expectRanges(made, rows, new Set([pageNumber(2, 0), pageNumber(1, 0), pageNumber(1, 2)]));
  });

  it('of which a merge has passed the first pages is read without them', () => {
    const rows = randomPostings(9, 2_000);
    const made = madeRun(ID, rows);
    const firstOfPage = rowsIn(openPage(made, pageNumber(ROWS, 2)), EVERYTHING, 1, false)[0]!;
    const left = rows.slice(rows.findIndex(({ key }) => equalBytes(key, firstOfPage.key)));
    const before = rows[rows.length - left.length - 1]!.key;
    // Just above the last key that was passed.
    const from = toHex(Uint8Array.of(...before, 0));
    const trimmed = { ...made, run: { ...made.run, firstPage: 2, keys: [from, null] as const } };
    const gone = new Map([...made.pages].filter(([page]) => page > 1));
    for (const reverse of [false, true]) {
      const found = scanned({ ...trimmed, pages: gone }, EVERYTHING, { reverse });
      expect(found.map(({ key }) => toHex(key))).toEqual(
        (reverse ? left.toReversed() : left).map(({ key }) => toHex(key)),
      );
      const gap = { min: rows[0]!.key, max: fromHex(from) };
      expect(scanned({ ...trimmed, pages: gone }, gap, { reverse })).toEqual([]);
    }
  });

  it('that has three levels of first keys is read from any key', () => {
    const rows = Array.from({ length: FANOUT ** 2 + 300 }, (_, i) => {
      const prefix = postingPrefix('lock', Uint8Array.of(i >> 12));
      return { key: postingKey(prefix, encodePosition({ height: i >> 4, fork: 0, index: i & 15 })), value: LARGE };
    });
    const made = madeInSteps(ID, rows);
    expectAll(made, rows);
    expect(levelsOf(made.run)).toEqual([rows.length, FANOUT + 2, 2, 1]);
    expectRanges(made, rows);
    expectRanges(made, rows, new Set([pageNumber(2, 1), pageNumber(1, FANOUT)]));
  });
});

describe('the filter of a run', () => {
  it.each([1, 500, 40_000])('of %d postings never excludes a key that it has, and few others', (count) => {
    const rows = randomPostings(6, count);
    const { run, pages } = madeRun(ID, rows);
    const may = (range: KeyRange) => {
      const hash = hashOfRange(range)!;
      return mayHave(pages.get(filterPage(pageFor(hash, run.filters)))!, hash);
    };
    for (const { key } of rows) expect(may({ min: key, max: key })).toBe(true);
    const random = new Random(7);
    const tries = 20_000;
    let wrong = 0;
    for (let i = 0; i < tries; i++) if (may(postingRange(postingPrefix('lock', random.bytes(20))))) wrong += 1;
    expect(wrong / tries).toBeLessThan(0.06);
  });

  it('knows the transaction of a spent output, whichever of its outputs are asked for', () => {
    const random = new Random(8);
    const outpoints = Array.from({ length: 2_000 }, (_, i) => {
      const key = new Uint8Array(20);
      key.set(random.bytes(16));
      key[19] = i % 7;
      return key;
    });
    const rows = sorted(
      outpoints.map((key) => ({
        key: postingKey(postingPrefix('spend', key), encodePosition({ height: 5, fork: 0, index: random.below(99) })),
        value: new Uint8Array(0),
      })),
    );
    const made = madeRun(ID, rows);
    for (const outpoint of outpoints) {
      const [first, last] = [0, 0xff].map((byte) => {
        const key = outpoint.slice();
        key.fill(byte, 16);
        return postingRange(postingPrefix('spend', key));
      });
      expect(scanned(made, { min: first!.min, max: last!.max }, {})).toHaveLength(1);
      expect(scanned(made, postingRange(postingPrefix('spend', outpoint)), {})).toHaveLength(1);
    }
  });

  it('is not asked for ranges of several keys', () => {
    const rows = randomPostings(9, 3_000);
    const made = madeRun(ID, rows);
    const range = { min: rows[1_000]!.key, max: rows[2_000]!.key };
    expect(hashOfRange(range)).toBeNull();
    expect(scanned(made, range, {})).toHaveLength(1_001);
    expect(rowsIn(openPage(made, pageNumber(ROWS, 0)), range, 10, false).length).toBeLessThanOrEqual(10);
  });
});
