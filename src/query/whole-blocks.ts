import { decodeTotals } from '../store/blocks.ts';
import { MissingRecordError } from '../store/errors.ts';
import { blockKey, comparePositions, decodePosition, encodePosition, MAX_INDEX } from '../store/position.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { KeyRange, ReadStore, Row } from '../store/store.ts';

/** Consecutive transactions of one block in a range of positions. */
interface BlockSpan {
  readonly height: number;
  readonly fork: number;
  readonly from: number;
  /** Null for the last transaction of the block. */
  readonly to: number | null;
}

/**
 * Checks that no transaction of the main chain is missing among the rows of a range.
 * @param rows all rows of the table `transactions` in the range, in key order
 * @throws STORE_DAMAGED
 */
export async function requireAllTransactions(
  rows: readonly Row[],
  range: KeyRange,
  snapshot: Snapshot,
  store: Pick<ReadStore, 'get'>,
): Promise<void> {
  const found = rows.filter(({ key }) => snapshot.seesKey(key));
  let next = 0;
  const stretches = stretchesIn(range, snapshot, found.length);
  const counts = await countsOf(stretches, store);
  for (const [i, { height, fork, from, to }] of stretches.entries()) {
    for (let index = from; index <= (to ?? counts[i]! - 1); index++) {
      const wanted = encodePosition({ height, fork, index });
      const row = found[next++];
      if (row === undefined || comparePositions(row.key, wanted) !== 0)
        throw new MissingRecordError('transactions', wanted);
    }
  }
}

/** The parts of blocks in the range; at most one more than there are rows, because each block has a transaction. */
function stretchesIn({ min, max }: KeyRange, snapshot: Snapshot, rows: number): BlockSpan[] {
  const { tip, state } = snapshot;
  const lowest = state.coverage[0]?.[0];
  if (tip === null || lowest === undefined) return [];
  const stretches: BlockSpan[] = [];
  const last = Math.min(tip.height, decodePosition(max).height);
  for (
    let height = Math.max(lowest, decodePosition(min).height);
    height <= last && stretches.length <= rows;
    height++
  ) {
    const fork = snapshot.mainFork(height);
    const first = encodePosition({ height, fork, index: 0 });
    const end = encodePosition({ height, fork, index: MAX_INDEX });
    if (comparePositions(end, min) < 0 || comparePositions(first, max) > 0) continue;
    const from = comparePositions(first, min) >= 0 ? 0 : decodePosition(min).index;
    const to = comparePositions(end, max) <= 0 ? null : decodePosition(max).index;
    stretches.push({ height, fork, from, to });
  }
  return stretches;
}

/** The number of transactions of each block whose last one should be in the range. */
async function countsOf(stretches: readonly BlockSpan[], store: Pick<ReadStore, 'get'>): Promise<(number | null)[]> {
  const whole = stretches.filter(({ to }) => to === null).map(({ height, fork }) => blockKey(height, fork));
  const values = whole.length === 0 ? [] : await store.get('totals', whole);
  let next = 0;
  return stretches.map(({ to }) => {
    if (to !== null) return null;
    const value = values[next];
    if (value == null) throw new MissingRecordError('totals', whole[next]!);
    next += 1;
    return decodeTotals(value).transactionCount;
  });
}
