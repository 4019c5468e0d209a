import { BitqlError } from '../errors.ts';
import { heightRange, MAX_HEIGHT } from '../store/position.ts';
import { type PostingKind, TOKEN_RUNGS, tokenKind } from '../store/postings.ts';
import type { KeyRange } from '../store/store.ts';
import type { Bounds, Filter, PushCondition } from './filter.ts';

/** One index access of a plan. All accesses of a plan are intersected; then the filter decides. */
export type IndexAccess =
  | { readonly kind: 'txids'; readonly txids: readonly Uint8Array[] }
  | { readonly kind: 'lock'; readonly lockingScript: Uint8Array }
  | {
      readonly kind: 'token';
      readonly posting: PostingKind;
      readonly bytes: Uint8Array;
      readonly match: 'equals' | 'startsWith';
    }
  /** Pushes that begin with fewer bytes than any index key has: their postings are not in chain order. */
  | { readonly kind: 'shortPrefix'; readonly prefix: Uint8Array }
  | { readonly kind: 'coinbases' }
  | { readonly kind: 'chain' };

/** How a filter is answered: the positions to search, and the accesses that lead to candidates. */
export interface Plan {
  readonly bounds: KeyRange;
  readonly accesses: readonly IndexAccess[];
}

/** The most blocks whose transactions are scanned for a filter without an index. */
export const MAX_SCANNED_BLOCKS = 1_000;

/** Whether unconfirmed transactions can match. */
export function allowsPending({ heights, times, coinbase, confirmed }: Filter): boolean {
  return confirmed !== true && heights === null && times === null && coinbase !== true;
}

/**
 * @param heights the heights that the filter's block and time ranges allow; null for none
 * @param arrivals the arrivals of unconfirmed transactions that can match; null for none
 * @returns null if nothing can match
 * @throws NOT_INDEXED if no index serves the filter and the range is too long to scan
 */
export function planOf(filter: Filter, heights: Bounds | null, arrivals: KeyRange | null = null): Plan | null {
  const bounds = boundsOf(heights, arrivals);
  if (bounds === null) return null;
  const indexed = indexedAccesses(filter);
  if (indexed.length > 0) return { bounds, accesses: indexed };
  if (filter.coinbase === true) return { bounds, accesses: [{ kind: 'coinbases' }] };
  if (filter.data.length > 0 && heights !== null && heights.to - heights.from >= MAX_SCANNED_BLOCKS) throw unindexed();
  return { bounds, accesses: [{ kind: 'chain' }] };
}

function boundsOf(heights: Bounds | null, arrivals: KeyRange | null): KeyRange | null {
  if (heights === null) return arrivals;
  const blocks = heightRange(Math.max(heights.from, 0), Math.min(heights.to, MAX_HEIGHT));
  return arrivals === null ? blocks : { min: blocks.min, max: arrivals.max };
}

/** The accesses that lead to the matches of a filter; none if no index serves it. */
export function indexedAccesses({ txids, lockingScript, data }: Filter): IndexAccess[] {
  const accesses: IndexAccess[] = [];
  if (txids !== null) accesses.push({ kind: 'txids', txids });
  if (lockingScript !== null) accesses.push({ kind: 'lock', lockingScript });
  const pushes = data.flatMap((condition) => condition.pushes.map(pushAccess)).filter((access) => access !== null);
  const long = pushes.filter(({ kind }) => kind !== 'shortPrefix');
  // A short prefix gathers rows of many keys, so it is used only if there is nothing better.
  if (accesses.length + long.length > 0) return [...accesses, ...long];
  return pushes.slice(0, 1);
}

function pushAccess({ match }: PushCondition): IndexAccess | null {
  if (match === null || (match.kind === 'startsWith' && match.bytes.length === 0)) return null;
  const { kind, bytes } = match;
  // A value is found under its padded key on the next longer rung; the posting holds its length.
  if (kind === 'equals') {
    const rung = TOKEN_RUNGS.find((length) => length >= bytes.length) ?? TOKEN_RUNGS.at(-1)!;
    return { kind: 'token', posting: tokenKind(rung), bytes, match: kind };
  }
  const rung = TOKEN_RUNGS.findLast((length) => length <= bytes.length);
  if (rung === undefined) return { kind: 'shortPrefix', prefix: bytes };
  return { kind: 'token', posting: tokenKind(rung), bytes, match: kind };
}

function unindexed(): BitqlError {
  return new BitqlError(
    'NOT_INDEXED',
    'No index can answer this filter: add `equals` or `startsWith` to a push, an address or txids, ' +
      `or a block range of at most ${MAX_SCANNED_BLOCKS} blocks.`,
  );
}
