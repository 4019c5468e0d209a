import { lockKey, postingPrefix, postingRange } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';
import type { Snapshot } from '../store/snapshot.ts';
import { pendingPage } from './pending-postings.ts';
import type { ChainReader } from './reader.ts';
import { arrivalRange } from './regions.ts';
import type { Budget } from './work.ts';

/** The rows that are read of a locking script at once: one would do, unless it is in a stale block. */
const PAGE = 2;

/** Whether a snapshot sees a transaction, confirmed or not, that pays a locking script or spends from it. */
export async function isUsed(
  lockingScript: Uint8Array,
  { store }: Pick<ChainReader, 'store'>,
  snapshot: Snapshot,
  budget: Budget,
): Promise<boolean> {
  const prefix = postingPrefix('lock', lockKey(lockingScript));
  const inBlocks = async (min: Uint8Array, max: Uint8Array) => {
    const [page] = await store.scan('postings', [{ min, max }], { limit: PAGE });
    return {
      rows: page!.rows.filter(({ key }) => snapshot.seesKey(key)),
      end: page!.more ? page!.rows.at(-1)!.key : null,
    };
  };
  const pending = (min: Uint8Array, max: Uint8Array) => pendingPage(store, snapshot, { min, max }, { limit: PAGE });
  for (const [read, range] of [
    [inBlocks, postingRange(prefix)],
    [pending, postingRange(prefix, arrivalRange(snapshot))],
  ] as const) {
    for (let from: Uint8Array | null = range.min; from !== null; ) {
      budget.spend(1);
      const { rows, end }: Awaited<ReturnType<typeof read>> = await read(from, range.max);
      if (rows.length > 0) return true;
      from = end === null ? null : successor(end);
    }
  }
  return false;
}
