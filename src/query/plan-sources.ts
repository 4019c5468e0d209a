import {
  decodeIndexedLength,
  decodeLockSums,
  longerKind,
  POSTING_KINDS,
  postingPrefix,
  postingRange,
} from '../store/postings.ts';
import type { IndexAccess, PlanNode, PostingAccess, ValueTest } from './accesses.ts';
import { gather, gatherFew, shortPrefixSpan } from './gather.ts';
import { Difference, Intersection, Within } from './intersect.ts';
import type { ChainReader } from './reader.ts';
import type { Scan } from './regions.ts';
import { ChainSource, CoinbaseSource, ListSource, PostingSource, type Source } from './source.ts';
import { Union } from './union.ts';

/** Rows of the first pages of all members of a union together, and the fewest of one: the next pages are read one by one. */
const UNION_PAGE = 1_024;
export const SHORTEST_FIRST_PAGE = 4;

/** The source of the candidates of a plan. */
export async function candidateSource(node: PlanNode, scan: Scan, reader: ChainReader): Promise<Source> {
  const { reverse } = scan;
  switch (node.op) {
    case 'access':
      return accessOf(node.access, scan, reader, false);
    case 'and':
      return new Intersection(await sourcesOf(await worthwhile(node.of, scan), scan, reader));
    case 'or': {
      // All members are read at first, however many there are.
      const firstPage = Math.max(SHORTEST_FIRST_PAGE, Math.min(Math.floor(UNION_PAGE / node.of.length), scan.wanted));
      return new Union(await sourcesOf(node.of, { ...scan, firstPage }, reader), reverse);
    }
    case 'within':
      return new Within(await candidateSource(node.inner, scan, reader), node.range, reverse);
    case 'without': {
      const excluded = node.excluded.map((access) => accessOf(access, scan, reader, true));
      return new Difference(await candidateSource(node.inner, scan, reader), await Promise.all(excluded), reverse);
    }
  }
}

/** A union with more members than this is only worth its reads if no other lead has few rows. */
const WIDE = 8;

/**
 * The leads of an intersection that are worth their reads. Each step in a union of many keys reads as many ranges, so it is left
 * to the filter if another lead has fewer rows than that.
 */
async function worthwhile(nodes: readonly PlanNode[], scan: Scan): Promise<readonly PlanNode[]> {
  const widthOf = (node: PlanNode) => (node.op === 'or' ? node.of.length : 1);
  const isWide = (node: PlanNode) => widthOf(node) > WIDE;
  const [wide, narrow] = [nodes.filter(isWide), nodes.filter((node) => !isWide(node))];
  if (wide.length === 0 || narrow.length === 0) return nodes;
  const width = wide.reduce((sum, node) => sum + widthOf(node), 0);
  return (await Promise.all(narrow.map((node) => hasAtMost(width, node, scan)))).includes(true) ? narrow : nodes;
}

/** Whether a lead has at most some rows in blocks. There are never many in the mempool. */
async function hasAtMost(count: number, node: PlanNode, { store, bounds, budget, removed }: Scan): Promise<boolean> {
  if (node.op !== 'access') return false;
  const { access } = node;
  if (access.kind === 'txid') return access.txids.length <= count;
  if (access.kind !== 'posting' || removed) return false;
  const range = postingRange(postingPrefix(access.posting, access.key), bounds);
  const [page] = await store.scan('postings', [range], { limit: count + 1 });
  budget.spend(page!.rows.length);
  return !page!.more;
}

function sourcesOf(nodes: readonly PlanNode[], scan: Scan, reader: ChainReader): Promise<Source[]> {
  return Promise.all(nodes.map((node) => candidateSource(node, scan, reader)));
}

/** @param isExact whether to leave out postings that may stand for something else */
async function accessOf(access: IndexAccess, scan: Scan, reader: ChainReader, isExact: boolean): Promise<Source> {
  switch (access.kind) {
    case 'txid':
      return new ListSource(scan, await positionsOf(access.txids, scan, reader));
    case 'posting': {
      const { posting, key, value } = access;
      const few = await fewPositions(access, scan);
      if (few !== null) return new ListSource(scan, few);
      return new PostingSource(scan, postingPrefix(posting, key), (found) => fits(found, value, isExact));
    }
    case 'span':
      return new ListSource(scan, await gather(access.span, scan));
    case 'coinbases':
      return new CoinbaseSource(scan);
    case 'chain':
      return new ChainSource(scan);
  }
}

/** Positions of candidates for transactions with some ids. */
export async function positionsOf(
  txids: readonly Uint8Array[],
  { snapshot, removed }: Pick<Scan, 'snapshot' | 'removed'>,
  reader: ChainReader,
): Promise<Uint8Array[]> {
  const positionsOf = (txid: Uint8Array) =>
    removed ? reader.removalsOf(txid, snapshot) : reader.positionsOf(txid, snapshot);
  return (await Promise.all(txids.map(positionsOf))).flat();
}

/** The most matches of a longer prefix that are gathered, instead of read in chain order among all that a shorter key leads to. */
const FEW = 128;

/**
 * Where bytes begin with more than the key of their postings holds, they also have postings with longer keys, which are not in
 * chain order. Null if these are no help: then there are many, or none.
 */
export async function fewPositions({ posting, key, value }: PostingAccess, scan: Scan): Promise<Uint8Array[] | null> {
  const longer = longerKind(posting);
  const isPrefix = typeof value !== 'string' && value.isLeast && key.length > POSTING_KINDS[posting].length;
  return isPrefix && longer !== null ? gatherFew(shortPrefixSpan(longer, key), FEW, scan) : null;
}

/** Whether a posting with this value can stand for a match. */
function fits(value: Uint8Array, test: ValueTest, isExact: boolean): boolean {
  if (test === 'any') return true;
  if (test === 'pays') {
    const { received, spent } = decodeLockSums(value);
    // The first coinbase of a chain cannot be spent, so its posting has no amount at all.
    return received !== null || spent === 0;
  }
  const length = decodeIndexedLength(value);
  // Bytes of several lengths share the key.
  if (length === null) return !isExact;
  return test.isLeast ? length >= test.length : length === test.length;
}
