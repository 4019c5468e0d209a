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

export function buffersOf(packed: Packed): ArrayBuffer[] {
  return [packed.lengths.buffer, packed.bytes.buffer];
}
