import { concatBytes } from '../chain/bytes.ts';
import { COMMIT_NUMBER_LENGTH, type CommitNumber, compareCommitNumbers, encodeCommitNumber } from './commit-number.ts';
import type { ChainState } from './state.ts';
import type { KeyRange } from './store.ts';

/*
 * What has gone would cost whoever looks for what is pending. So its postings move to `departedPostings`, where only
 * those look whose snapshot is older than its going. That table is divided by the time of going into stretches, each laid out
 * as `pendingPostings` is: a snapshot needs the last ones alone, and reads them in the order of its list.
 */

/** A stretch takes so many departures and lasts so long at least, of the hour for which it is kept: so there are few, and each is small. */
const LEAST = 256;
const LEAST_MS = 60_000;

/** The key of a posting in the stretch that begins with a commit. */
export function departedKey(stretch: CommitNumber, postingKey: Uint8Array): Uint8Array {
  return concatBytes(encodeCommitNumber(stretch), postingKey);
}

/** A range of postings within a stretch. */
export function departedRange(stretch: CommitNumber, { min, max }: KeyRange): KeyRange {
  return { min: departedKey(stretch, min), max: departedKey(stretch, max) };
}

/** The key that a posting had while its transaction was pending. */
export function pendingKeyOf(departedKey: Uint8Array): Uint8Array {
  return departedKey.subarray(COMMIT_NUMBER_LENGTH);
}

/** The stretches that hold what went behind a commit. */
export function stretchesSince(commit: CommitNumber, { stretches }: Pick<ChainState, 'stretches'>): CommitNumber[] {
  return stretches.filter((_, i) => {
    const next = stretches[i + 1];
    return next === undefined || compareCommitNumbers(next, commit) > 0;
  });
}

/** Whether a stretch has taken enough, and the next commit begins another. */
export function isFull(departures: number, lastedMs: number): boolean {
  return departures >= LEAST && lastedMs >= LEAST_MS;
}
