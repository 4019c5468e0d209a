import { mapKey } from '../chain/bytes.ts';
import { counted } from '../counted.ts';
import { BitqlError } from '../errors.ts';
import { POSTING_KINDS, positionOf } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';
import type { KeyRange } from '../store/store.ts';
import { type PostingPage, pendingPage, postingPage } from './pending-postings.ts';
import type { Scan } from './regions.ts';
import { type Region, regionsOf } from './regions.ts';

const PAGE = 1_024;

/**
 * The positions of all pushes that begin with fewer bytes than an index key has. Their postings are in the order of
 * the pushes, not of the chain, so all of them are gathered, within the budget.
 * @throws BUDGET_EXCEEDED if there are more
 */
export async function shortPrefixPositions(prefix: Uint8Array, scan: Scan): Promise<Uint8Array[]> {
  const positions = new Map<string, Uint8Array>();
  for (const { kind } of regionsOf(scan)) {
    for (const position of await gather(prefix, kind, scan)) positions.set(mapKey(position), position);
  }
  return [...positions.values()];
}

async function gather(prefix: Uint8Array, kind: Region['kind'], scan: Scan): Promise<Uint8Array[]> {
  const { store, snapshot, budget } = scan;
  const positions: Uint8Array[] = [];
  if (budget.exhausted) throw tooMany(prefix);
  const { min, max } = rangeOf(prefix);
  for (let from: Uint8Array | null = min; from !== null; ) {
    const range: KeyRange = { min: from, max };
    const { rows, end }: PostingPage = await (kind === 'pending'
      ? pendingPage(store, snapshot, range, { limit: PAGE })
      : postingPage(store, kind === 'blocks' ? 'postings' : 'removedPostings', range, { limit: PAGE }));
    positions.push(...rows.map(({ key }) => positionOf(key)).filter((position) => snapshot.seesKey(position)));
    budget.spend(Math.max(rows.length, 1));
    if (end !== null && budget.exhausted) throw tooMany(prefix);
    from = end === null ? null : successor(end);
  }
  return positions;
}

function rangeOf(prefix: Uint8Array): KeyRange {
  const { tag, length } = POSTING_KINDS.token4;
  const min = new Uint8Array(1 + length + 8);
  const max = new Uint8Array(min.length).fill(0xff);
  for (const bound of [min, max]) {
    bound[0] = tag;
    bound.set(prefix, 1);
  }
  return { min, max };
}

function tooMany(prefix: Uint8Array): BitqlError {
  return new BitqlError(
    'BUDGET_EXCEEDED',
    `Too much data starts with ${prefix.length === 1 ? 'this' : 'these'} ${counted(prefix.length, 'byte')}: give at least 4 bytes of the push, or another condition.`,
  );
}
