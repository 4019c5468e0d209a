import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareBytes, mapKey } from '../../../src/chain/bytes.ts';
import { PageCursor, unpackPage } from '../../../src/store/runs/page.ts';
import { filterPage, pageNumber, ROWS } from '../../../src/store/runs/run.ts';
import { type MergeEnd, RunMerge, type SourcePages, sourcePages } from '../../../src/store/runs/run-merge.ts';
import type { PackedRows, Row } from '../../../src/store/store.ts';
import { Random } from '../../chain/random.ts';
import { type MadeRun, madeRun, randomPostings, sorted, storedPages } from './made-runs.ts';

const TARGET = { epoch: 9, number: 1 };

interface MergedPart {
  readonly made: MadeRun;
  readonly end: MergeEnd;
}

/** Which rows of sources are merged, and how. */
interface Options {
  readonly leftOut?: readonly ReadonlySet<string>[];
  readonly most?: number;
  /** The first pages of the sources, and the first key that counts. */
  readonly firstPages?: readonly number[];
  readonly from?: Uint8Array | null;
  /** How many pages of a source are given at a time. */
  readonly atOnce: number;
}

/** Makes one run as a store does. */
function merged(sources: readonly MadeRun[], { leftOut, most, firstPages, from = null, atOnce }: Options): MergedPart {
  const rows = sources.reduce((sum, { run }) => sum + run.rows, 0);
  const plans = sources.map((_, i) => ({ from, leftOut: leftOut?.[i] ?? new Set<string>() }));
  const merge = new RunMerge({ target: TARGET, rows, most: most ?? rows, sources: plans });
  const next = sources.map((_, i) => firstPages?.[i] ?? 0);
  const parts: PackedRows[] = [];
  const give = (source: number): SourcePages => {
    const { run, pages } = sources[source]!;
    const end = Math.min(run.pages, next[source]! + atOnce);
    const given: Uint8Array[] = [];
    for (; next[source]! < end; next[source]! += 1) given.push(pages.get(pageNumber(ROWS, next[source]!))!);
    return sourcePages(source, given, end === run.pages);
  };
  for (let wanted: readonly number[] = sources.map((_, i) => i); ; ) {
    const step = merge.step(wanted.map(give));
    parts.push(step.pages);
    if (step.end !== null) return { made: { run: step.end.run, pages: storedPages(...parts) }, end: step.end };
    wanted = step.wanted;
  }
}

function rowsOfRun({ run, pages }: MadeRun): Row[] {
  const rows: Row[] = [];
  for (let page = 0; page < run.pages; page++) {
    const cursor = new PageCursor(unpackPage(pages.get(pageNumber(ROWS, page))!));
    while (cursor.next()) {
      rows.push({ key: cursor.key, value: cursor.valueBytes.slice(cursor.valueStart, cursor.valueEnd) });
    }
  }
  return rows;
}

const size = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 300, max: 4_000 }));
const source = fc.record({
  size,
  seed: fc.nat(),
  shared: fc.constantFrom(0, 5, 20),
  leftOut: fc.constantFrom(0, 10, 100),
});

it('a merge has the rows of all its sources in order, each once, except those that are left out', () => {
  const sources = fc.array(source, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(sources, fc.constantFrom(1, 2, 64), fc.nat(), (sources, atOnce, seed) => {
      const random = new Random(seed);
      const shared = randomPostings(seed, 20);
      const made = sources.map(({ size, seed, shared: count }, i) => {
        return madeRun({ epoch: 1, number: i }, sorted([...randomPostings(seed, size), ...shared.slice(0, count)]));
      });
      const kept: Row[] = [];
      const leftOut = sources.map(({ leftOut }, i) => {
        const keys = new Set<string>();
        for (const row of rowsOfRun(made[i]!)) {
          if (random.below(100) < leftOut) keys.add(mapKey(row.key));
          else kept.push(row);
        }
        return keys;
      });
      const { made: result } = merged(made, { leftOut, atOnce });
      const expected = sorted(kept);
      expect(result.run.rows).toBe(expected.length);
      expect(rowsOfRun(result).map(({ key }) => mapKey(key))).toEqual(expected.map(({ key }) => mapKey(key)));
      expect(rowsOfRun(result).map(({ value }) => mapKey(value))).toEqual(expected.map(({ value }) => mapKey(value)));
    }),
    { numRuns: 25, endOnFailure: true },
  );
});

it('a merge makes the same pages as the rows would at once', () => {
  const rows = randomPostings(1, 20_000);
  const parts = [0, 1, 2].map((part) =>
    madeRun(
      { epoch: 1, number: part },
      rows.filter((_, i) => i % 3 === part),
    ),
  );
  const { made: result } = merged(parts, { atOnce: 3 });
  const expected = madeRun(TARGET, rows);
  expect(result.run).toEqual(expected.run);
  const numbers = [...expected.pages.keys()];
  expect([...result.pages.keys()].sort((a, b) => a - b)).toEqual(numbers.sort((a, b) => a - b));
  for (const number of numbers) {
    expect(Buffer.compare(result.pages.get(number)!, expected.pages.get(number)!), `page ${number}`).toBe(0);
  }
  expect(result.pages.has(filterPage(0))).toBe(true);
});

it('a merge that makes several runs loses and repeats no row between them', () => {
  const sources = fc.array(source, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(sources, fc.constantFrom(1, 64), fc.integer({ min: 1, max: 900 }), (sources, atOnce, most) => {
      const shared = randomPostings(7, 20);
      const rows = sources.map(({ size, seed, shared: count }) =>
        sorted([...randomPostings(seed, Math.min(size, 1_500)), ...shared.slice(0, count)]),
      );
      let left = rows.map((rows, i) => madeRun({ epoch: 1, number: i }, rows));
      let firstPages = left.map(() => 0);
      let from: Uint8Array | null = null;
      const found: Row[] = [];
      for (;;) {
        const { made, end } = merged(left, { atOnce, most: Math.max(most, 100), firstPages, from });
        found.push(...rowsOfRun(made));
        if (end.rest === null) break;
        const { passed } = end.rest;
        from = end.rest.from;
        expect(compareBytes(found.at(-1)!.key, from)).toBeLessThan(0);
        firstPages = firstPages.map((first, i) => first + (passed[i]?.pages ?? 0)).filter((_, i) => passed[i] !== null);
        for (const [i, { run }] of left.entries()) {
          const above = rows[run.number]!.filter(({ key }) => compareBytes(key, from!) >= 0).length;
          expect(passed[i] === null ? 0 : run.rows - passed[i]!.rows).toBe(above);
        }
        left = left
          .map(({ run, pages }, i) => ({ run: { ...run, rows: run.rows - (passed[i]?.rows ?? 0) }, pages }))
          .filter((_, i) => passed[i] !== null);
      }
      expect(found.map(({ key }) => mapKey(key))).toEqual(sorted(rows.flat()).map(({ key }) => mapKey(key)));
    }),
    { numRuns: 25, endOnFailure: true },
  );
});
