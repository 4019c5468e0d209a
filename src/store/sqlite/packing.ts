import type { Batch, LookUp, LookUpResult, Page, Row, Table } from '../store.ts';

/** A look-up as it is sent to the reading thread. The two ends of a range follow each other. */
export interface PackedLookUp {
  readonly table: Table;
  readonly keys: Packed;
  readonly ranges: Packed;
  readonly limit: number;
  readonly reverse: boolean;
}

/** A result as it is sent back. The pages share their memory: moving a block for each would cost more than to read most of them. */
export interface PackedFound {
  readonly values: Packed;
  /** The keys and values of the rows of all pages, one after the other. */
  readonly rows: Packed;
  /** How many rows each page has, and whether there are more: 1 or 0. */
  readonly counts: Int32Array<ArrayBuffer>;
  readonly more: Uint8Array<ArrayBuffer>;
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
  return {
    values: pack(values),
    rows: packPairs(pages.flatMap(({ rows }) => rows)),
    counts: Int32Array.from(pages, ({ rows }) => rows.length),
    more: Uint8Array.from(pages, ({ more }) => Number(more)),
  };
}

export function unpackFound({ values, rows, counts, more }: PackedFound): LookUpResult {
  const all = unpackPairs(rows);
  let end = 0;
  const pages = Array.from(counts, (count, i): Page => {
    end += count;
    return { rows: all.slice(end - count, end), more: more[i] === 1 };
  });
  return { values: unpack(values), pages };
}

export function memoryOfLookUp({ keys, ranges }: PackedLookUp): ArrayBuffer[] {
  return [...buffersOf(keys), ...buffersOf(ranges)];
}

export function memoryOfFound({ values, rows, counts, more }: PackedFound): ArrayBuffer[] {
  return [...buffersOf(values), ...buffersOf(rows), counts.buffer, more.buffer];
}

/**
 * Many byte strings in one buffer, so that a message between threads moves a single block of memory. Cloning small
 * arrays one by one costs more than the database work, and cloning a view would copy its whole buffer.
 */
export interface Packed {
  /** The length of each byte string; -1 stands for null. */
  readonly lengths: Int32Array<ArrayBuffer>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export function pack(items: readonly (Uint8Array | null)[]): Packed {
  const lengths = Int32Array.from(items, (item) => item?.length ?? -1);
  const bytes = new Uint8Array(items.reduce((sum, item) => sum + (item?.length ?? 0), 0));
  let offset = 0;
  for (const item of items) {
    if (item === null) continue;
    bytes.set(item, offset);
    offset += item.length;
  }
  return { lengths, bytes };
}

/** The byte strings, as views of the one buffer. */
function unpack({ lengths, bytes }: Packed): (Uint8Array | null)[] {
  let offset = 0;
  return Array.from(lengths, (length) => {
    if (length < 0) return null;
    offset += length;
    return bytes.subarray(offset - length, offset);
  });
}

/** As {@link unpack}, if nothing is null. */
export function unpackAll(packed: Packed): Uint8Array[] {
  return unpack(packed) as Uint8Array[];
}

/** Packs keys and values alternately. */
function packPairs(rows: readonly Row[]): Packed {
  return pack(rows.flatMap(({ key, value }) => [key, value]));
}

function unpackPairs(packed: Packed): Row[] {
  const items = unpackAll(packed);
  return Array.from({ length: items.length / 2 }, (_, i) => ({ key: items[2 * i]!, value: items[2 * i + 1]! }));
}

export function buffersOf(packed: Packed): ArrayBuffer[] {
  return [packed.lengths.buffer, packed.bytes.buffer];
}

/** The memory of a batch, which is moved with it. */
export function memoryOf(batch: Batch): ArrayBuffer[] {
  return Array.from(batch.values(), ({ bytes, ends, order }) => [bytes.buffer, ends.buffer, order.buffer]).flat();
}
