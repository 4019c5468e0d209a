import { mapKey } from '../chain/bytes.ts';
import { counted } from '../counted.ts';
import { BitqlError } from '../errors.ts';
import {
  outpointKey,
  POSTING_KINDS,
  type PostingKind,
  positionOf,
  postingPrefix,
  postingRange,
} from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';
import type { KeyRange } from '../store/store.ts';
import { type PostingPage, pendingPage, postingPage } from './pending-postings.ts';
import { type Region, regionsOf, type Scan } from './regions.ts';

const PAGE = 1_024;
const LAST_OUTPUT = 0xffff_ffff;

/** Postings of many keys. They are in the order of the keys, not of the chain. */
export interface KeySpan {
  readonly range: KeyRange;
  /** What to do if there are more of them than the budget allows. */
  readonly advice: string;
}

/** All pushes that begin with fewer bytes than an index key has. */
export function shortPrefixSpan(kind: PostingKind, prefix: Uint8Array): KeySpan {
  const { tag, length } = POSTING_KINDS[kind];
  const min = new Uint8Array(1 + length + 8);
  const max = new Uint8Array(min.length).fill(0xff);
  for (const bound of [min, max]) {
    bound[0] = tag;
    bound.set(prefix, 1);
  }
  const start = `${prefix.length === 1 ? 'this' : 'these'} ${counted(prefix.length, 'byte')}`;
  return {
    range: { min, max },
    advice: `Too much data starts with ${start}: give at least ${length} bytes of the push, or another condition.`,
  };
}

/** The spenders of all outputs of a transaction. */
export function spendersSpan(txid: Uint8Array): KeySpan {
  const prefix = (index: number) => postingPrefix('spend', outpointKey(txid, index));
  return {
    range: { min: postingRange(prefix(0)).min, max: postingRange(prefix(LAST_OUTPUT)).max },
    advice: 'The transaction has too many spent outputs: give the `index` of one in `spends`, or another condition.',
  };
}

/**
 * The positions of all postings of a span, each once. All of them are gathered, within the budget.
 * @throws BUDGET_EXCEEDED if there are more
 */
export async function gather(span: KeySpan, scan: Scan): Promise<Uint8Array[]> {
  const positions = new Map<string, Uint8Array>();
  for (const { kind } of regionsOf(scan)) {
    for (const position of await gatherIn(kind, span, scan)) positions.set(mapKey(position), position);
  }
  return [...positions.values()];
}

/**
 * The positions of the postings of a span.
 * @param most the most rows in blocks, and in the mempool
 * @returns null if there are more
 */
export async function gatherFew({ range }: KeySpan, most: number, scan: Scan): Promise<Uint8Array[] | null> {
  const positions: Uint8Array[] = [];
  for (const { kind } of regionsOf(scan)) {
    const { rows, end } = await pageIn(kind, range, most, scan);
    scan.budget.spend(Math.max(rows.length, 1));
    if (end !== null) return null;
    positions.push(...rows.map(({ key }) => positionOf(key)).filter((position) => scan.snapshot.seesKey(position)));
  }
  return positions;
}

async function gatherIn(
  kind: Region['kind'],
  { range: { min, max }, advice }: KeySpan,
  scan: Scan,
): Promise<Uint8Array[]> {
  const { snapshot, budget } = scan;
  const positions: Uint8Array[] = [];
  const tooMany = () => new BitqlError('BUDGET_EXCEEDED', advice);
  if (budget.exhausted) throw tooMany();
  for (let from: Uint8Array | null = min; from !== null; ) {
    const range: KeyRange = { min: from, max };
    const { rows, end }: PostingPage = await pageIn(kind, range, PAGE, scan);
    positions.push(...rows.map(({ key }) => positionOf(key)).filter((position) => snapshot.seesKey(position)));
    budget.spend(Math.max(rows.length, 1));
    if (end !== null && budget.exhausted) throw tooMany();
    from = end === null ? null : successor(end);
  }
  return positions;
}

function pageIn(kind: Region['kind'], range: KeyRange, limit: number, { store, snapshot }: Scan): Promise<PostingPage> {
  if (kind === 'pending') return pendingPage(store, snapshot, range, { limit });
  return postingPage(store, kind === 'blocks' ? 'postings' : 'removedPostings', range, { limit });
}
