import { createHash } from 'node:crypto';
import { packRows } from '../../../src/store/packed-rows.ts';
import type { SegmentOptions } from '../../../src/store/sqlite/segments/catalogue.ts';
import type { Batch, ChainStore, Row } from '../../../src/store/store.ts';

/** So small that merges are always under way. */
export const TINY: SegmentOptions = { rows: 100, fanout: 3, sliceRows: 20 };

export const BATCH_ROWS = 60;

/** Rows that name their batch, with keys in random order. */
export function numberedBatch(batch: number): Batch {
  const rows = Array.from({ length: BATCH_ROWS }, (_, i): Row => {
    const key = createHash('sha256').update(`${batch} ${i}`).digest().subarray(0, 20);
    return { key, value: new TextEncoder().encode(`${batch} ${i}`) };
  });
  return new Map([['postings', packRows(rows)]]);
}

/** The number of rows that a store has of each batch, read in pages from end to end; checks that each comes once, in key order. */
export async function countedBatches(store: ChainStore, reverse = false): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  let min = new Uint8Array(20);
  let max = new Uint8Array(20).fill(0xff);
  for (;;) {
    const [page] = await store.scan('postings', [{ min, max }], { limit: 500, reverse });
    for (const { value } of page!.rows) {
      const batch = Number(new TextDecoder().decode(value).split(' ')[0]);
      counts.set(batch, (counts.get(batch) ?? 0) + 1);
    }
    if (!page!.more) return counts;
    const last = page!.rows.at(-1)!.key;
    if (reverse) max = neighbour(last, -1);
    else min = neighbour(last, 1);
  }
}

function neighbour(key: Uint8Array, step: 1 | -1): Uint8Array<ArrayBuffer> {
  const number = BigInt(`0x${Buffer.from(key).toString('hex')}`) + BigInt(step);
  return Uint8Array.from(Buffer.from(number.toString(16).padStart(2 * key.length, '0'), 'hex'));
}
