import { type BlockRecord, decodeBlock } from '../store/blocks.ts';
import { MissingRecordError } from '../store/errors.ts';
import { missingHeights, pendingFamilies } from '../store/families.ts';
import { blockKey } from '../store/position.ts';
import { FAMILY_NAMES, type PostingFamily } from '../store/postings.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ChainState, HeightRange } from '../store/state.ts';
import type { ReadStore } from '../store/store.ts';
import { type Bounds, conditionsOf, type Filter } from './filter.ts';
import { collect, Walk } from './intersect.ts';
import { type FoundItems, type Item, List, type ListPage, type ListRequest } from './list.ts';
import { matches } from './match.ts';
import { matchesWithSpends, type Needs, needsOf, subjectOf } from './match-facts.ts';
import { decideInSteps, POINTS_AT_ONCE } from './match-in-steps.ts';
import { matchingPoints } from './match-price.ts';
import { type Plan, type PlanContext, planOf, type Reach } from './plan.ts';
import { candidateSource } from './plan-sources.ts';
import type { ChainReader } from './reader.ts';
import { arrivalRange, type Scan } from './regions.ts';
import type { Candidate } from './source.ts';
import type { TransactionView } from './transaction-view.ts';
import type { Budget } from './work.ts';

/** A request for a page of the transactions that match a filter. */
export interface TransactionsRequest extends Omit<ListRequest, 'identity'> {
  readonly filter: Filter;
  /** Whether to examine all transactions if no index leads to the matches [no]. */
  readonly scan?: boolean;
}

/** A filter and everything that is needed to find its matches. */
export interface TransactionSearch {
  readonly filter: Filter;
  readonly needs: Needs;
  readonly list: List;
  readonly reader: ChainReader;
  readonly budget: Budget;
}

/** A page of the transactions that match a filter. */
export async function transactionsPage(
  reader: ChainReader,
  { filter, scan = false, ...request }: TransactionsRequest,
  budget: Budget,
): Promise<ListPage<TransactionView>> {
  const list = await List.open(reader, { ...request, identity: filter });
  return list.page(await findTransactions(filter, { list, reader, budget }, scan), reader);
}

/** The matches of a filter on a page of a list. @param scansAll whether to examine all transactions if no index leads to them [no] */
export async function findTransactions(
  filter: Filter,
  given: Pick<TransactionSearch, 'list' | 'reader' | 'budget'>,
  scansAll = false,
): Promise<FoundItems<TransactionView>> {
  const plan = planOf(filter, await contextOf(filter, given.list.snapshot, given.reader, scansAll));
  return search({ filter, needs: needsOf(filter), ...given }, plan);
}

/** The matches that a search found. */
export interface FoundTransactions extends FoundItems<TransactionView> {
  /** How many candidates it held against the filter. */
  readonly examined: number;
}

/** The matches that a plan leads to, as far as the page and the budget go. */
export async function search(given: TransactionSearch, plan: Plan | null): Promise<FoundTransactions> {
  const { list, reader, budget } = given;
  const scan = plan === null ? null : scanFor(given, plan);
  if (plan === null || scan === null) return { items: [], exhaustedAt: null, examined: 0 };
  const source = await candidateSource(plan.root, scan, reader);
  const start = scan.reverse ? scan.bounds.max : scan.bounds.min;
  let examined = 0;
  const found = await collect(new Walk(source, start, scan.reverse), list, budget, async (batch) => {
    examined += batch.length;
    const items = await Promise.all(batch.map((candidate) => verify(candidate, given)));
    return { items: items.filter((item) => item !== null), exhaustedAt: null };
  });
  return { ...found, examined };
}

/** What the sources of a plan read; null if the cursors leave nothing. */
export function scanFor({ filter, list, reader, budget }: TransactionSearch, plan: Plan): Scan | null {
  const bounds = list.within(plan.bounds);
  if (bounds === null) return null;
  const { snapshot, reverse, wanted } = list;
  return { store: reader.store, snapshot, budget, reverse, bounds, wanted, removed: filter.removed };
}

/** What the plan of a filter depends on. */
export async function contextOf(
  { removed, predicate }: Filter,
  snapshot: Snapshot,
  { network, store }: ChainReader,
  scan: boolean,
): Promise<PlanContext> {
  const { tip, state } = snapshot;
  const heights = tip === null || removed ? null : { from: state.coverage[0]?.[0] ?? 0, to: tip.height };
  const timed = conditionsOf(predicate).filter((condition) => condition.kind === 'time');
  const heightsOf = await Promise.all(
    timed.map(async (condition) => [condition, await heightsOfTimes(condition.bounds, snapshot, store)] as const),
  );
  const arrivals = tip === null || snapshot.isPast ? null : arrivalRange(snapshot);
  const familiesIn = (reach: Reach) => familiesOf(reach, state);
  return { network, heights, arrivals, heightsOf: new Map(heightsOf), familiesIn, scan };
}

/** The families of which the index has all postings wherever a search reaches. */
function familiesOf({ heights, pending }: Reach, state: ChainState): ReadonlySet<PostingFamily> {
  const ofPending = pendingFamilies(state);
  const isMissing = ([from, to]: HeightRange) => heights !== null && from <= heights.to && heights.from <= to;
  const holds = (family: PostingFamily) =>
    (!pending || ofPending.has(family)) && !missingHeights(state, family).some(isMissing);
  return new Set(FAMILY_NAMES.filter(holds));
}

/** The item of a candidate; null if its transaction does not match. */
async function verify(
  { position, record }: Candidate,
  { filter, needs, list: { snapshot }, reader, budget }: TransactionSearch,
): Promise<Item<TransactionView> | null> {
  const node = await (filter.removed
    ? reader.removedAt(position, snapshot)
    : record === null
      ? reader.transactionAt(position)
      : reader.transactionOf({ key: position, value: record }));
  if (node === null) return null;
  // The bytes that the source has read are paid for already; for a large transaction that is not all.
  budget.spend(0, Math.max(0, node.transaction.bytes.length - (record?.length ?? 0)));
  const points = matchingPoints(filter, node);
  reader.work.add(points);
  const wait = reader.work.goOn();
  if (wait !== null) await wait;
  const whole = await subjectOf(node, needs, reader);
  const subject = points > POINTS_AT_ONCE ? await decideInSteps(filter, whole, reader.work) : whole;
  const isMatch = needs.spent
    ? await matchesWithSpends(filter, subject, { node, snapshot, reader, budget })
    : matches(filter, subject);
  return isMatch ? { node, position, outputIndex: 0 } : null;
}

/** Blocks that one step of the search reads: a million blocks take four steps. */
const FAN = 32;

/**
 * The heights that can hold blocks with a header time in the given bounds. Header times go back and forth, but two
 * values never decrease: the highest time so far, and the median time, which every later header time exceeds.
 * @returns null if no covered block can
 */
export async function heightsOfTimes(times: Bounds, snapshot: Snapshot, store: ReadStore): Promise<Bounds | null> {
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
