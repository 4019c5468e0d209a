import type { Batch, Row } from '../store.ts';

/**
 * Many byte strings as one buffer, so that a message between threads moves a single block of memory: cloning small
 * arrays one by one costs more than the database work, and cloning a view would copy the whole buffer behind it.
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

/** The byte strings again, as views of the one buffer. */
export function unpack({ lengths, bytes }: Packed): (Uint8Array | null)[] {
  let offset = 0;
  return Array.from(lengths, (length) => {
    if (length < 0) return null;
    offset += length;
    return bytes.subarray(offset - length, offset);
  });
}

/** As {@link unpack}, where nothing is null. */
export function unpackAll(packed: Packed): Uint8Array[] {
  return unpack(packed) as Uint8Array[];
}

/** Keys and values in turn. */
export function packPairs(rows: readonly Row[]): Packed {
  return pack(rows.flatMap(({ key, value }) => [key, value]));
}

export function unpackPairs(packed: Packed): Row[] {
  const items = unpackAll(packed);
  return Array.from({ length: items.length / 2 }, (_, i) => ({ key: items[2 * i]!, value: items[2 * i + 1]! }));
}

export function buffersOf(packed: Packed): ArrayBuffer[] {
  return [packed.lengths.buffer, packed.bytes.buffer];
}

/** The memory of a batch, to be moved with it. */
export function memoryOf(batch: Batch): ArrayBuffer[] {
  return Array.from(batch.values(), ({ bytes, ends, order }) => [bytes.buffer, ends.buffer, order.buffer]).flat();
}
