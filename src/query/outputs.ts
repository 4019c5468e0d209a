import { hashToHex } from '../chain/bytes.ts';
import { isCoinless, mayBeCoinless } from '../chain/coinless.ts';
import type { Snapshot } from '../store/snapshot.ts';
import { ByteSet } from './byte-set.ts';
import { type Filter, filterBy, type OutputTest } from './filter.ts';
import { collect, Walk } from './intersect.ts';
import { type FoundItems, type Item, List, type ListPage, type ListPlace, type ListRequest } from './list.ts';
import { needsOf, subjectOf } from './match-facts.ts';
import { outputTruth } from './match-outputs.ts';
import { matchingPoints } from './match-price.ts';
import { planOf } from './plan.ts';
import { candidateSource } from './plan-sources.ts';
import type { ChainReader } from './reader.ts';
import type { Scan } from './regions.ts';
import type { OutputView, TransactionView } from './transaction-view.ts';
import { contextOf } from './transactions.ts';
import type { Budget } from './work.ts';

/** Outputs of one transaction that are examined together. */
const STRETCH = 128;

/** A request for a page of outputs. */
export interface OutputsRequest extends Omit<ListRequest, 'stale'> {
  /** What the outputs must pass, all of them. They may depend on what a snapshot sees. Null for no output. */
  readonly testsAt: (snapshot: Snapshot) => Promise<readonly OutputTest[] | null>;
  /** Whether to examine all transactions if no index leads to the outputs [no]. */
  readonly scan?: boolean;
}

/** Tests and everything that is needed to find the outputs that pass them. */
interface OutputSearch {
  /** Without that of `spent`. */
  readonly tests: readonly OutputTest[];
  /** Of transactions that have such an output. */
  readonly filter: Filter;
  /** Whether they must be spent, confirmed or not; null for both. */
  readonly spent: boolean | null;
  readonly list: List;
  readonly reader: ChainReader;
  readonly budget: Budget;
}

/** A page of outputs, in the order of their transactions. Unconfirmed transactions are the newest, and what they spend is spent. */
export async function outputsPage(
  reader: ChainReader,
  { testsAt, scan = false, ...request }: OutputsRequest,
  budget: Budget,
): Promise<ListPage<OutputView>> {
  const list = await List.open(reader, request);
  const all = await testsAt(list.snapshot);
  if (all === null) return list.page<OutputView>({ items: [], exhaustedAt: null }, reader);
  const spent = all.find((test) => test.kind === 'spent')?.is ?? null;
  if (spent !== null) list.needPending();
  const tests = all.filter(({ kind }) => kind !== 'spent');
  const filter = filterBy({ kind: 'output', tests });
  return list.page(await search({ tests, filter, spent, list, reader, budget }, scan), reader);
}

/** A request for a page of the unspent outputs of a locking script. */
export interface UnspentRequest extends Pick<ListRequest, 'order' | 'args'> {
  readonly lockingScript: Uint8Array;
}

/** A page of the unspent outputs of a locking script. */
export function unspentPage(
  reader: ChainReader,
  { lockingScript, ...request }: UnspentRequest,
  budget: Budget,
): Promise<ListPage<OutputView>> {
  const testsAt = async () => unspentOf([lockingScript]);
  return outputsPage(reader, { ...request, identity: ['unspent', lockingScript], testsAt }, budget);
}

/** The tests of unspent outputs with one of some locking scripts. */
export function unspentOf(lockingScripts: readonly Uint8Array[]): readonly OutputTest[] {
  return [
    { kind: 'script', scripts: new ByteSet(lockingScripts) },
    { kind: 'spent', is: false },
  ];
}

async function search(given: OutputSearch, scansAll: boolean): Promise<FoundItems<OutputView>> {
  const { filter, list, reader, budget } = given;
  const { snapshot, reverse, wanted } = list;
  const plan = planOf(filter, await contextOf(filter, snapshot, reader, scansAll));
  const bounds = plan === null ? null : list.within(plan.bounds, true);
  if (plan === null || bounds === null) return { items: [], exhaustedAt: null };
  const scan: Scan = { store: reader.store, snapshot, budget, reverse, bounds, wanted, removed: false };
  const source = await candidateSource(plan.root, scan, reader);
  const walk = new Walk(source, reverse ? bounds.max : bounds.min, reverse);
  return collect(walk, list, budget, async (batch) => {
    const found = await Promise.all(batch.map(({ position }) => outputsAt(position, given)));
    const stopped = found.findIndex(({ exhaustedAt }) => exhaustedAt !== null);
    const seen = stopped < 0 ? found : found.slice(0, stopped + 1);
    return { items: seen.flatMap(({ items }) => items), exhaustedAt: seen.at(-1)?.exhaustedAt ?? null };
  });
}

/**
 * The outputs of one transaction that pass the tests, in the direction of the list. There may be any number of them, so they are
 * examined in stretches, as far as page and budget require.
 */
async function outputsAt(position: Uint8Array, given: OutputSearch): Promise<FoundItems<OutputView>> {
  const { tests, filter, list, reader, budget } = given;
  const node = await reader.transactionAt(position);
  if (node === null) return { items: [], exhaustedAt: null };
  budget.spend(0, node.transaction.bytes.length);
  reader.work.add(matchingPoints(filter, node));
  const wait = reader.work.goOn();
  if (wait !== null) await wait;
  const subject = await subjectOf(node, needsOf(filter), reader);
  const places: ListPlace[] = [];
  for (let outputIndex = 0; outputIndex < node.outputCount; outputIndex++) {
    const place = { position, outputIndex };
    if (list.holds(place) && outputTruth(tests, outputIndex, subject) === true) places.push(place);
    const turn = reader.work.goOn();
    if (turn !== null) await turn;
  }
  if (list.reverse) places.reverse();
  const items: Item<OutputView>[] = [];
  for (let from = 0; from < places.length; from += STRETCH) {
    const stretch = places.slice(from, from + STRETCH);
    budget.spend(stretch.length);
    const outputs = stretch.map((place) => ({ ...place, node: node.output(place.outputIndex) }));
    items.push(...(await withFate(outputs, node, given)));
    const isEnough = items.length > list.count || budget.exhausted;
    if (isEnough && from + STRETCH < places.length) return { items, exhaustedAt: stretch.at(-1)! };
  }
  return { items, exhaustedAt: null };
}

/** Whether its outputs were never in the set of unspent ones, such as those of the first coinbase. */
async function isWithoutCoins({ coinbase, height, position }: TransactionView, reader: ChainReader): Promise<boolean> {
  if (!coinbase || height === null || !mayBeCoinless(height)) return false;
  const block = await reader.blockOf({ position });
  return block !== null && isCoinless({ height, hash: hashToHex(block.hash) });
}

/** Those of some outputs of a transaction that are spent, or that are not, as the request wants. */
async function withFate(
  items: readonly Item<OutputView>[],
  transaction: TransactionView,
  { spent, list, reader }: OutputSearch,
): Promise<readonly Item<OutputView>[]> {
  if (spent === null) return items;
  if (!spent && (await isWithoutCoins(transaction, reader))) return [];
  const spenders = await Promise.all(
    items.map(({ outputIndex }) => reader.spenderOf(transaction, outputIndex, list.snapshot)),
  );
  return items.filter((_, i) => (spenders[i] !== null) === spent);
}
