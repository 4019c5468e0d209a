import { createHash } from 'node:crypto';
import { packRows } from '../../../src/store/packed-rows.ts';
import { type Batch, type ChainStore, type KeyRange, type Row, TABLES } from '../../../src/store/store.ts';

export const BATCH_ROWS = 60;

const LENGTH = TABLES.runPages;
/** All keys. */
export const EVERYTHING: KeyRange = { min: new Uint8Array(LENGTH), max: new Uint8Array(LENGTH).fill(0xff) };

/** Rows that name their batch, with keys in random order. */
export function numberedBatch(batch: number): Batch {
  const rows = Array.from({ length: BATCH_ROWS }, (_, i): Row => {
    const key = createHash('sha256').update(`${batch} ${i}`).digest().subarray(0, LENGTH);
    return { key, value: new TextEncoder().encode(`${batch} ${i}`) };
  });
  return new Map([['runPages', packRows(rows)]]);
}

/** The number of rows that a store has of each batch, read in pages from end to end; checks that each comes once, in key order. */
export async function countedBatches(store: ChainStore, reverse = false): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  let { min, max } = EVERYTHING;
  for (;;) {
    const [page] = await store.scan('runPages', [{ min, max }], { limit: 500, reverse });
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
