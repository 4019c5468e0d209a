import { type BlockRecord, decodeBlock } from '../store/blocks.ts';
import { MissingRecordError } from '../store/errors.ts';
import { blockKey, MAX_HEIGHT } from '../store/position.ts';
import { decodeTokenLength, lockKey, postingPrefix } from '../store/postings.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';
import type { Bounds, Filter } from './filter.ts';
import { collect, Intersection } from './intersect.ts';
import { type FoundItems, type Item, List, type ListPage, type ListRequest } from './list.ts';
import { matches, matchingPoints } from './match.ts';
import { allowsPending, type IndexAccess, planOf } from './plan.ts';
import type { ChainReader } from './reader.ts';
import { arrivalRange, type Scan } from './regions.ts';
import { shortPrefixPositions } from './short-prefix.ts';
import { type Candidate, ChainSource, CoinbaseSource, ListSource, PostingSource, type Source } from './source.ts';
import type { TransactionView } from './transaction-view.ts';
import type { Budget } from './work.ts';

/** A request for a page of the transactions that match a filter. */
export interface TransactionsRequest extends Omit<ListRequest, 'identity'> {
  readonly filter: Filter;
}

/** A filter and everything that is needed to find its matches. */
interface TransactionSearch {
  readonly filter: Filter;
  readonly list: List;
  readonly reader: ChainReader;
  readonly budget: Budget;
}

/** A page of the transactions that match a filter. */
export async function transactionsPage(
  reader: ChainReader,
  { filter, ...request }: TransactionsRequest,
  budget: Budget,
): Promise<ListPage<TransactionView>> {
  const list = await List.open(reader, { ...request, identity: filter });
  return list.page(await search({ filter, list, reader, budget }), reader);
}

async function search(given: TransactionSearch): Promise<FoundItems<TransactionView>> {
  const { filter, list, reader, budget } = given;
  const heights = await heightsOf(filter, list, reader);
  const arrivals = list.snapshot.tip !== null && allowsPending(filter) ? arrivalRange(list.snapshot) : null;
  const plan = planOf(filter, heights, arrivals);
  const bounds = plan === null ? null : list.within(plan.bounds);
  if (plan === null || bounds === null) return { items: [], exhaustedAt: null };
  const { snapshot, reverse, wanted } = list;
  const scan: Scan = { store: reader.store, snapshot, budget, reverse, bounds, wanted, removed: filter.removed };
  const sources = await Promise.all(plan.accesses.map((access) => sourceOf(access, scan, reader)));
  const start = scan.reverse ? bounds.max : bounds.min;
  return collect(new Intersection(sources, start, scan.reverse), list, budget, async (batch) => {
    const items = await Promise.all(batch.map((candidate) => verify(candidate, given)));
    return { items: items.filter((item) => item !== null), exhaustedAt: null };
  });
}

/** The heights that are both in the filter's ranges and in the index; null if there are none. */
async function heightsOf(filter: Filter, { snapshot }: List, reader: ChainReader): Promise<Bounds | null> {
  if (snapshot.tip === null || filter.confirmed === false || filter.removed) return null;
  const { from, to } = filter.heights ?? { from: 0, to: MAX_HEIGHT };
  const all = { from: Math.max(from, snapshot.state.coverage[0]?.[0] ?? 0), to: Math.min(to, snapshot.tip.height) };
  const timed = filter.times === null ? all : await heightsOfTimes(filter.times, snapshot, reader.store);
  if (timed === null) return null;
  const heights = { from: Math.max(all.from, timed.from), to: Math.min(all.to, timed.to) };
  return heights.from > heights.to ? null : heights;
}

async function sourceOf(access: IndexAccess, scan: Scan, reader: ChainReader): Promise<Source> {
  switch (access.kind) {
    case 'txids':
      return new ListSource(scan, await positionsOf(access.txids, scan, reader));
    case 'lock':
      return new PostingSource(scan, postingPrefix('lock', lockKey(access.lockingScript)));
    case 'token': {
      const { posting, bytes, match } = access;
      return new PostingSource(scan, postingPrefix(posting, bytes), (value) => fits(value, bytes.length, match));
    }
    case 'shortPrefix':
      return new ListSource(scan, await shortPrefixPositions(access.prefix, scan));
    case 'coinbases':
      return new CoinbaseSource(scan);
    case 'chain':
      return new ChainSource(scan);
  }
}

async function positionsOf(
  txids: readonly Uint8Array[],
  { snapshot, removed }: Scan,
  reader: ChainReader,
): Promise<Uint8Array[]> {
  const positionsOf = (txid: Uint8Array) =>
    removed ? reader.removalsOf(txid, snapshot) : reader.positionsOf(txid, snapshot);
  return (await Promise.all(txids.map(positionsOf))).flat();
}

/** Whether the length in the value of a token posting can match; an empty value means several lengths. */
function fits(value: Uint8Array, length: number, match: 'equals' | 'startsWith'): boolean {
  const pushed = decodeTokenLength(value);
  return pushed === null || (match === 'equals' ? pushed === length : pushed >= length);
}

/** The item of a candidate; null if its transaction does not match. */
async function verify(
  { position, record }: Candidate,
  { filter, list: { snapshot }, reader, budget }: TransactionSearch,
): Promise<Item<TransactionView> | null> {
  const node = await (filter.removed
    ? reader.removedAt(position, snapshot)
    : record === null
      ? reader.transactionAt(position)
      : reader.transactionOf({ key: position, value: record }));
  if (node === null) return null;
  // The bytes that the source has read are paid for already; for a large transaction that is not all.
  budget.spend(0, Math.max(0, node.transaction.bytes.length - (record?.length ?? 0)));
  const time = filter.times === null ? null : ((await reader.blockOf(node))?.header.time ?? null);
  const { transaction, spent, height, departure } = node;
  reader.work.add(matchingPoints(filter, transaction));
  const wait = reader.work.goOn();
  if (wait !== null) await wait;
  return matches(filter, { transaction, spent, height, time, removed: departure !== null })
    ? { node, position, outputIndex: 0 }
    : null;
}

/** Blocks that one step of the search reads: a million blocks take four steps. */
const FAN = 32;

/**
 * The heights that can hold blocks with a header time in the given bounds. Header times go back and forth, but two
 * values never decrease: the highest time so far, and the median time, which every later header time exceeds.
 * @returns null if no covered block can
 */
async function heightsOfTimes(times: Bounds, snapshot: Snapshot, store: ReadStore): Promise<Bounds | null> {
  const first = snapshot.state.coverage[0]?.[0];
  if (first === undefined || snapshot.tip === null) return null;
  // Blocks that are no longer on the main chain cannot be read, so they are included.
  const known = snapshot.fork ?? snapshot.tip.height;
  const all = { from: first, to: known };
  const [from, behind] = await Promise.all([
    firstHeight(all, ({ maxTime }) => maxTime >= times.from, snapshot, store),
    firstHeight(all, ({ medianTime }) => medianTime !== null && medianTime >= times.to, snapshot, store),
  ]);
  const to = behind > known ? snapshot.tip.height : behind;
  return from > to ? null : { from, to };
}

/** The lowest height whose block satisfies a condition that all blocks above it satisfy too; one above the bounds if none does. */
async function firstHeight(
  { from, to }: Bounds,
  holds: (block: BlockRecord) => boolean,
  snapshot: Snapshot,
  store: ReadStore,
): Promise<number> {
  let low = from;
  let high = to + 1;
  while (low < high) {
    const step = Math.max(1, Math.floor((high - low) / FAN));
    const probes = [];
    for (let height = low; height < high && probes.length <= FAN; height += step) probes.push(height);
    const keys = probes.map((height) => blockKey(height, snapshot.mainFork(height)));
    const values = await store.get('blocks', keys);
    const found = values.findIndex((value, i) => {
      if (value === null) throw new MissingRecordError('blocks', keys[i]!);
      return holds(decodeBlock(value));
    });
    if (found === 0) return low;
    const last = found === -1 ? probes.length - 1 : found - 1;
    if (found !== -1) high = probes[found]!;
    low = probes[last]! + 1;
  }
  return low;
}
