import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CoalescedStore } from '../../src/query/coalesced-store.ts';
import { packRows } from '../../src/store/packed-rows.ts';
import { encodePosition } from '../../src/store/position.ts';
import { outpointKey, postingKey, postingPrefix, postingRange } from '../../src/store/postings.ts';
import type { KeyRange, LookUp } from '../../src/store/store.ts';
import { readingStore } from '../support/altered-store.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const TXID = new Uint8Array(32).fill(7);
const prefixOf = (index: number, txid = TXID) => postingPrefix('spend', outpointKey(txid, index));
const rangesOf = (asked: readonly number[], txid = TXID): KeyRange[] =>
  asked.map((index) => postingRange(prefixOf(index, txid)));

it('neighbouring ranges that are read as one return the same rows as separate reads, however many there are', async () => {
  const most = 12;
  const store = await temporaryStore();
  const txids = uniqueTxids();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(most), { minLength: 1, maxLength: 12 }),
      fc.uniqueArray(fc.nat(13), { minLength: 1 }),
      fc.record({ limit: fc.integer({ min: 1, max: most }), reverse: fc.boolean() }),
      async (counts, asked, options) => {
        const txid = txids.next().value;
        const rows = counts.flatMap((count, output) =>
          Array.from({ length: count }, (_, index) => {
            const key = postingKey(prefixOf(output, txid), encodePosition({ height: 5, fork: 0, index }));
            return { key, value: new Uint8Array(0) };
          }),
        );
        await store.write(new Map([['postings', packRows(rows)]]));
        const each = await store.scan('postings', rangesOf(asked, txid), options);
        const coalesced = new CoalescedStore(store);
        const found = await coalesced.scan('postings', rangesOf(asked, txid), { ...options, isSparse: true });
        expect(found.map((page) => page.rows)).toEqual(each.map((page) => page.rows));
        // If a page ends exactly with a range, another store may say that there may be more.
        for (const [i, { more }] of each.entries()) if (more) expect(found[i]!.more).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
  await store.close();
});

it('neighbours with few rows are one range of one call, together with the other reads of the tick', async () => {
  const store = await temporaryStore();
  const calls: (readonly LookUp[])[] = [];
  const counting = readingStore(store, {
    read: (lookUps, options) => {
      calls.push(lookUps);
      return store.read(lookUps, options);
    },
  });
  const coalesced = new CoalescedStore(counting);
  await Promise.all([
    ...Array.from({ length: 61 }, (_, i) => coalesced.scan('postings', rangesOf([i]), { limit: 64, isSparse: true })),
    coalesced.scan('postings', rangesOf([70, 72]), { limit: 64, isSparse: true }),
    coalesced.get('pending', [new Uint8Array(8)]),
    coalesced.get('departures', [new Uint8Array(11)]),
  ]);
  expect(calls).toHaveLength(1);
  expect(calls[0]!.map(({ table, keys, ranges }) => [table, keys.length + ranges.length])).toEqual([
    // The records of departures are read before the departed postings.
    ['departures', 1],
    ['postings', 1],
    ['postings', 2],
    ['pending', 1],
  ]);
  await store.close();
});

/** One for each run, so that the runs share a store. */
function* uniqueTxids(): Generator<Uint8Array<ArrayBuffer>, never> {
  for (let run = 0; ; run++) yield new Uint8Array(32).fill(run & 0xff).fill(run >> 8, 31);
}
