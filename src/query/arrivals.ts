import { type PostingKind, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';
import { arrivalRange } from './regions.ts';
import { neighbour } from './source.ts';

const PAGE = 64;

/**
 * The arrivals, up to the snapshot's commit, of unconfirmed transactions with a posting of a kind and key, the last first;
 * also of those that have gone since. A transaction that comes and goes again and again has many until they are swept.
 */
export async function arrivalsWith(
  store: ReadStore,
  snapshot: Snapshot,
  kind: PostingKind,
  key: Uint8Array,
): Promise<Uint8Array[]> {
  const prefix = postingPrefix(kind, key);
  const all = arrivalRange(snapshot);
  const found: Uint8Array[] = [];
  for (let max: Uint8Array | null = all.max; max !== null; ) {
    const range = postingRange(prefix, { min: all.min, max });
    const [page] = await store.scan('pendingPostings', [range], { limit: PAGE, reverse: true });
    const arrivals = page!.rows.map((row) => positionOf(row.key));
    found.push(...arrivals.filter((arrival) => snapshot.seesKey(arrival)));
    max = page!.more ? neighbour(arrivals.at(-1)!, true) : null;
  }
  return found;
}
