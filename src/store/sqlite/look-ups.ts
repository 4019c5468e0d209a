import type { LookUp, LookUpResult, Page, Table } from '../store.ts';
import { buffersOf, type Packed, pack, packPairs, unpack, unpackAll, unpackPairs } from './packing.ts';

/** A look-up as it goes to the reading thread; the ends of a range follow each other. */
export interface PackedLookUp {
  readonly table: Table;
  readonly keys: Packed;
  readonly ranges: Packed;
  readonly limit: number;
  readonly reverse: boolean;
}

/** What was found, as it comes back. */
export interface PackedFound {
  readonly values: Packed;
  readonly pages: readonly PackedPage[];
}

/** The key of a packed row and its value follow each other. */
interface PackedPage {
  readonly rows: Packed;
  readonly more: boolean;
}

export function packLookUp({ table, keys, ranges, limit, reverse }: LookUp): PackedLookUp {
  const ends = ranges.map(({ min, max }) => ({ key: min, value: max }));
  return { table, keys: pack(keys), ranges: packPairs(ends), limit, reverse };
}

export function unpackLookUp({ table, keys, ranges, limit, reverse }: PackedLookUp): LookUp {
  const ends = unpackPairs(ranges).map(({ key, value }) => ({ min: key, max: value }));
  return { table, keys: unpackAll(keys), ranges: ends, limit, reverse };
}

export function packFound({ values, pages }: LookUpResult): PackedFound {
  return { values: pack(values), pages: pages.map(({ rows, more }) => ({ rows: packPairs(rows), more })) };
}

export function unpackFound({ values, pages }: PackedFound): LookUpResult {
  return { values: unpack(values), pages: pages.map(unpackPage) };
}

function unpackPage({ rows, more }: PackedPage): Page {
  return { rows: unpackPairs(rows), more };
}

export function memoryOfLookUp({ keys, ranges }: PackedLookUp): ArrayBuffer[] {
  return [...buffersOf(keys), ...buffersOf(ranges)];
}

export function memoryOfFound({ values, pages }: PackedFound): ArrayBuffer[] {
  return [...buffersOf(values), ...pages.flatMap(({ rows }) => buffersOf(rows))];
}
