import { mapKey } from '../chain/bytes.ts';
import { counted } from '../counted.ts';
import { BitqlError } from '../errors.ts';
import { visible } from '../store/pending.ts';
import { POSTING_KINDS, positionOf } from '../store/postings.ts';
import { scanPages } from '../store/scan-pages.ts';
import type { KeyRange, Table } from '../store/store.ts';
import { regionsOf } from './regions.ts';
import type { Scan } from './source.ts';

const PAGE = 1_024;

/**
 * The positions of all pushes that begin with fewer bytes than an index key has. Their postings are in the order of
 * the pushes, not of the chain, so all of them are gathered, as far as the budget goes.
 * @throws BUDGET_EXCEEDED where there are more
 */
export async function shortPrefixPositions(prefix: Uint8Array, scan: Scan): Promise<Uint8Array[]> {
  const positions = new Map<string, Uint8Array>();
  for (const { isPending } of regionsOf(scan)) {
    const table = isPending ? 'pendingPostings' : 'postings';
    for (const position of await gather(prefix, table, scan)) positions.set(mapKey(position), position);
  }
  return [...positions.values()];
}

async function gather(prefix: Uint8Array, table: Table, scan: Scan): Promise<Uint8Array[]> {
  const positions: Uint8Array[] = [];
  if (scan.budget.exhausted) throw tooMany(prefix);
  for await (const { rows, more } of scanPages(scan.store, table, rangeOf(prefix), PAGE)) {
    const found = rows.map(({ key }) => positionOf(key));
    positions.push(...(await visible(scan.store, scan.snapshot, found)));
    scan.budget.spend(Math.max(rows.length, 1));
    if (more && scan.budget.exhausted) throw tooMany(prefix);
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
