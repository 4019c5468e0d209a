import { encodeCommitNumber } from '../store/commit-number.ts';
import { heightRange } from '../store/position.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { KeyRange } from '../store/store.ts';

/** Before all arrivals, and behind the positions of all blocks. */
const FIRST_ARRIVAL = encodeCommitNumber({ epoch: 0, counter: 0 });

/** The positions that a snapshot can see in blocks; null while there is no block. */
export function blockRange({ tip }: Snapshot): KeyRange | null {
  return tip === null ? null : heightRange(0, tip.height);
}

/** The arrivals that a snapshot can see. */
export function arrivalRange({ commit }: Snapshot): KeyRange {
  return { min: FIRST_ARRIVAL, max: encodeCommitNumber(commit) };
}

/** From the first block to the last unconfirmed transaction. */
export function everywhere(snapshot: Snapshot): KeyRange {
  return { min: heightRange(0, 0).min, max: arrivalRange(snapshot).max };
}
