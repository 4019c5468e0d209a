import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packRows } from '../../../src/store/packed-rows.ts';
import { Reader } from '../../../src/store/sqlite/reader.ts';
import { copySql, scanSql } from '../../../src/store/sqlite/segments/catalogue.ts';
import { Writer } from '../../../src/store/sqlite/writer.ts';
import { type By, CheckedSegments, type Step } from './checked-segments.ts';

/** Few keys, so that they are often written again. */
const KEYS = 300;

/** One process rolls a change back, and another one makes it: the file then has a version that the first has seen before. */
const TAKEN_VERSION: Step[] = [
  { do: 'write', by: 0, keys: [2] },
  { do: 'write', by: 0, keys: [4, 6, 8] },
  { do: 'fail', by: 0 },
  { do: 'merge', by: 1, slices: 1 },
  { do: 'write', by: 0, keys: [100] },
  { do: 'merge', by: 1, slices: 1 },
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-segments-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A store with a number of closed segments that are not merged, each with a number of rows. */
function storeOf(segments: number, rows: number): string {
  const file = join(folder, 'chain.db');
  const writer = new Writer(file, 2, { rows, fanout: segments + 1, sliceRows: 1 });
  for (let i = 0; i < segments; i++) {
    const keys = Array.from({ length: rows }, (_, j) => Uint8Array.of(j >> 8, j, i));
    writer.write(new Map([['postings', packRows(keys.map((key) => ({ key, value: new Uint8Array(0) })))]]));
  }
  writer.close();
  return file;
}

function query<T>(file: string, sql: string, ...values: number[]): T[] {
  const db = new DatabaseSync(file);
  try {
    return db.prepare(sql).all(...values) as T[];
  } finally {
    db.close();
  }
}

function segmentIds(file: string): number[] {
  return query<{ id: number }>(file, 'SELECT id FROM segments ORDER BY id').map(({ id }) => id);
}

describe('segments', () => {
  const by = fc.constantFrom<By>(0, 0, 0, 1);
  const keys = fc.array(fc.nat(KEYS - 1), { minLength: 1, maxLength: 40 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('write'), by, keys }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('merge'), by, slices: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('fail'), by }) },
    { weight: 1, arbitrary: fc.constant({ do: 'reopen' }) },
  );
  const options = fc.record({
    rows: fc.integer({ min: 1, max: 40 }),
    fanout: fc.integer({ min: 2, max: 4 }),
    sliceRows: fc.integer({ min: 1, max: 40 }),
  });
  const range = fc.record({ from: fc.nat(KEYS - 1), to: fc.nat(KEYS - 1), limit: fc.integer({ min: 1, max: 60 }) });

  it('hold the same as a sorted map, whatever is written, merged, failed and opened again', () => {
    let runs = 0;
    fc.assert(
      fc.property(
        options,
        range,
        fc.array(step, { minLength: 1, maxLength: 40, size: 'max' }),
        (segments, { from, to, limit }, steps) => {
          const checked = new CheckedSegments(join(folder, `${runs++}.db`), segments);
          try {
            for (const step of steps) {
              checked.do(step);
              checked.check(from, to, limit);
            }
          } finally {
            checked.close();
          }
        },
      ),
      { numRuns: 80, examples: [[{ rows: 1, fanout: 2, sliceRows: 1 }, { from: 0, to: 9, limit: 9 }, TAKEN_VERSION]] },
    );
  });

  it.each([1, 2, 5, 40])('are merged without sorting if there are %i', (count) => {
    const file = storeOf(count, 3);
    const ids = segmentIds(file);
    expect(ids).toHaveLength(count + 1);
    for (const sql of [scanSql(ids, false), scanSql(ids, true), copySql(ids.slice(1), ids[0]!)]) {
      const plan = query<{ detail: string }>(file, `EXPLAIN QUERY PLAN ${sql}`).map(({ detail }) => detail);
      expect(plan.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
      expect(plan.filter((step) => /postings_/.test(step)).length).toBeGreaterThanOrEqual(count);
    }
  });

  it('are read no further than the page goes, however many there are', () => {
    const reader = new Reader(storeOf(40, 3_000), 8);
    const everything = [{ min: Uint8Array.of(0), max: Uint8Array.of(255) }];
    const time = (limit: number): number => {
      const start = performance.now();
      expect(
        reader.read([{ table: 'postings', keys: [], ranges: everything, limit, reverse: false }]).found[0]!.pages[0]!
          .rows,
      ).toHaveLength(limit);
      return performance.now() - start;
    };
    time(1);
    expect(20 * Math.min(time(10), time(10), time(10))).toBeLessThan(time(120_000));
    reader.close();
  });

  it('stay few, however many rows are written, if the owed merges are done', () => {
    const [rows, fanout] = [10, 3];
    const file = join(folder, 'chain.db');
    const writer = new Writer(file, 2, { rows, fanout, sliceRows: 8 });
    for (let i = 0; i < 400; i++) {
      const keys = Array.from({ length: rows }, (_, j) =>
        Uint8Array.of((i * 7_919 + j * 104_729) >> 8, i * 7_919, j, i),
      );
      writer.write(new Map([['postings', packRows(keys.map((key) => ({ key, value: new Uint8Array(0) })))]]));
      while (writer.owesMerging) writer.merge();
      const levels = query<{ count: number }>(file, 'SELECT count(*) AS count FROM segments GROUP BY level');
      // The segments that are merged, the next ones that gather meanwhile, and the open or growing one.
      for (const { count } of levels) expect(count).toBeLessThanOrEqual(2 * fanout + 1);
      expect(levels.length).toBeLessThanOrEqual(2 + Math.log(i + 1) / Math.log(fanout));
    }
    while (writer.merge());
    for (const { count } of query<{ count: number }>(file, 'SELECT count(*) AS count FROM segments GROUP BY level')) {
      expect(count).toBeLessThanOrEqual(fanout);
    }
    writer.close();
  });
});
