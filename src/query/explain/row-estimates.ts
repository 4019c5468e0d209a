import { decodeTotals } from '../../store/blocks.ts';
import { blockKey, decodePosition, heightRange } from '../../store/position.ts';
import { type PostingKind, postingPrefix, postingRange } from '../../store/postings.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { KeyRange, Row } from '../../store/store.ts';
import type { IndexAccess, PostingAccess } from '../accesses.ts';
import type { Bounds } from '../filter.ts';
import { gather } from '../gather.ts';
import { pendingPage, postingPage } from '../pending-postings.ts';
import { fewPositions, positionsOf } from '../plan-sources.ts';
import type { ChainReader } from '../reader.ts';
import { heightsIn, overlap, type Region, regionsOf, type Scan } from '../regions.ts';
import { isWithin } from '../source.ts';
import { Budget } from '../work.ts';
import { estimateSection, type Place, type RowEstimate, sectionsOf, total } from './list-sample.ts';
import { inOrder, type PlanStep } from './plan-steps.ts';

/** Rows at each end of a section that are read, and of unconfirmed transactions. */
const ENDS = 32;
const UNCONFIRMED = 256;
/** The most sections of one list, and of all lists together. */
const SECTIONS_OF_LIST = 8;
const SECTIONS = 64;
/** The most transaction ids of one list that are looked up. */
const IDS = 64;
/** The most blocks whose transactions are counted. */
const BLOCKS = 32;
const NO_KEY = new Uint8Array(0);

/** The rows of each step of a plan; a step is missing if nothing is known of it. */
export type RowEstimates = ReadonlyMap<PlanStep, RowEstimate>;

/**
 * Estimates the rows of a plan's accesses by samples, which are read together: pages from both ends of some sections of each
 * list. A list that its sample covers is counted. Only the first accesses are read; the others of a union are taken to be like them.
 * @throws BUDGET_EXCEEDED if the search would gather more rows than the budget allows
 */
export async function estimateRows(root: PlanStep, scan: Scan, reader: ChainReader): Promise<RowEstimates> {
  const steps = inOrder(root).filter(({ access }) => access !== null);
  const sampled = steps.slice(0, SECTIONS);
  const sections = Math.max(1, Math.min(SECTIONS_OF_LIST, Math.floor(SECTIONS / sampled.length)));
  const found = await Promise.all(
    sampled.map((step) => new AccessSample({ ...scan, bounds: step.bounds }, sections, reader).estimate(step.access!)),
  );
  const estimates = new Map(sampled.map((step, i) => [step, found[i]!]));
  combine(root, estimates);
  return estimates;
}

/** Adds the most candidates that each combining step can lead to. */
function combine(step: PlanStep, estimates: Map<PlanStep, RowEstimate>): RowEstimate | null {
  const members = step.members.map((member) => combine(member, estimates));
  const known = members.filter((estimate) => estimate !== null);
  const [first] = known;
  if (step.members.length === 0 || first === undefined) return estimates.get(step) ?? null;
  const combined = { rows: rowsOfMembers(step, known, first), isExact: false };
  estimates.set(step, combined);
  return combined;
}

function rowsOfMembers({ operation, members }: PlanStep, known: readonly RowEstimate[], first: RowEstimate): number {
  const rows = known.map((estimate) => estimate.rows);
  switch (operation) {
    case 'INTERSECTION':
      return Math.min(...rows);
    case 'UNION':
      // Nothing adds to all transactions.
      if (members.some((member) => member.operation === 'TRANSACTIONS')) return Math.max(...rows);
      return Math.round((total(known).rows * members.length) / known.length);
    default:
      return first.rows;
  }
}

/** What a whole search is about to do. */
export interface SearchSize {
  /** The most transactions that it leads to. */
  readonly candidates: number;
  /** The rows that it reads to find them. */
  readonly reads: number;
}

/** Null if nothing is known. */
export function searchSize(root: PlanStep, estimates: RowEstimates): SearchSize | null {
  const candidates = estimates.get(root)?.rows;
  return candidates === undefined ? null : { candidates, reads: readsOf(root, estimates) };
}

/** The rows of the shortest page: what a common list of an intersection reads for a row of a rare one. */
const SHORTEST_PAGE = 4;

function readsOf(step: PlanStep, estimates: RowEstimates): number {
  const rows = estimates.get(step)?.rows ?? 0;
  if (step.access !== null) return rows;
  const reads = step.members.map((member) => readsOf(member, estimates));
  const ofMembers = reads.map((read) => (step.operation === 'UNION' ? read : Math.min(read, SHORTEST_PAGE * rows)));
  return ofMembers.reduce((sum, read) => sum + read, 0);
}

/** A sample of one access, within the bounds of the scan. */
class AccessSample {
  readonly #scan: Scan;
  readonly #sections: number;
  readonly #reader: ChainReader;

  constructor(scan: Scan, sections: number, reader: ChainReader) {
    this.#scan = scan;
    this.#sections = sections;
    this.#reader = reader;
  }

  async estimate(access: IndexAccess): Promise<RowEstimate> {
    switch (access.kind) {
      case 'txid':
        return this.#ids(access.txids);
      case 'posting':
        return (await this.#few(access)) ?? this.#postings(access.posting, access.key);
      case 'span': {
        const budget = new Budget(this.#scan.budget.rows);
        const { length } = await gather(access.span, { ...this.#scan, budget });
        this.#scan.budget.spend(budget.spent);
        return { rows: length, isExact: true };
      }
      case 'coinbases':
        return {
          rows: coveredHeights(this.#scan).reduce((sum, { from, to }) => sum + to - from + 1, 0),
          isExact: true,
        };
      case 'chain':
        return total(await Promise.all(regionsOf(this.#scan).map((region) => this.#transactions(region))));
    }
  }

  async #ids(txids: readonly Uint8Array[]): Promise<RowEstimate> {
    if (txids.length === 0) return { rows: 0, isExact: true };
    const asked = txids.slice(0, IDS);
    const { length } = await positionsOf(asked, this.#scan, this.#reader);
    this.#scan.budget.spend(asked.length);
    return { rows: Math.round((length * txids.length) / asked.length), isExact: asked.length === txids.length };
  }

  /** Where few values begin with bytes that are longer than a key, a search gathers them. */
  async #few(access: PostingAccess): Promise<RowEstimate | null> {
    const few = await fewPositions(access, this.#scan);
    if (few === null) return null;
    return { rows: few.filter((position) => isWithin(position, this.#scan.bounds)).length, isExact: true };
  }

  async #postings(kind: PostingKind, key: Uint8Array): Promise<RowEstimate> {
    const prefix = postingPrefix(kind, key);
    const parts = regionsOf(this.#scan).map(({ kind: where, positions }) =>
      where === 'blocks' ? this.#inBlocks(prefix, positions) : this.#unconfirmed(where, prefix, positions),
    );
    return total(await Promise.all(parts));
  }

  async #inBlocks(prefix: Uint8Array, positions: KeyRange): Promise<RowEstimate> {
    const heights = heightsIn(positions);
    const sections = heights === null ? [] : sectionsOf(heights, this.#sections);
    return total(await Promise.all(sections.map((section) => this.#section(prefix, section))));
  }

  async #section(prefix: Uint8Array, heights: Bounds): Promise<RowEstimate> {
    const { store, budget } = this.#scan;
    const range = postingRange(prefix, heightRange(heights.from, heights.to));
    const [[first], [last]] = await Promise.all([
      store.scan('postings', [range], { limit: ENDS }),
      store.scan('postings', [range], { limit: ENDS, reverse: true }),
    ]);
    budget.spend(first!.rows.length + last!.rows.length);
    return estimateSection({
      heights,
      first: this.#seen(first!.rows),
      last: this.#seen(last!.rows),
      more: first!.more,
    });
  }

  /** All of them are near the tip, so they are counted up to a limit. */
  async #unconfirmed(table: 'pending' | 'removed', prefix: Uint8Array, positions: KeyRange): Promise<RowEstimate> {
    const { store, snapshot, budget } = this.#scan;
    const range = postingRange(prefix, positions);
    const limit = Math.max(ENDS, Math.floor((UNCONFIRMED * this.#sections) / SECTIONS_OF_LIST));
    const { rows, end } = await (table === 'pending'
      ? pendingPage(store, snapshot, range, { limit })
      : postingPage(store, 'removedPostings', range, { limit }));
    budget.spend(rows.length);
    return { rows: rows.length, isExact: end === null };
  }

  /** By the totals of some blocks, and of the mempool. */
  async #transactions({ kind, positions }: Region): Promise<RowEstimate> {
    const { store, snapshot, budget } = this.#scan;
    const { mempool } = snapshot.state;
    if (kind === 'pending' && mempool !== null) return { rows: mempool.count, isExact: true };
    if (kind !== 'blocks') return this.#unconfirmed(kind, postingPrefix('all', NO_KEY), positions);
    const stretches = coveredHeights(this.#scan);
    const count = stretches.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    const asked = spread(stretches, Math.min(count, BLOCKS));
    const values = await store.get(
      'totals',
      asked.map((height) => blockKey(height, snapshot.mainFork(height))),
    );
    budget.spend(asked.length);
    const known = values.filter((value) => value !== null).map((value) => decodeTotals(value).transactionCount);
    const sum = known.reduce((rows, one) => rows + one, 0);
    const isExact = known.length === count;
    return { rows: isExact ? sum : Math.round((sum * count) / Math.max(1, known.length)), isExact };
  }

  #seen(rows: readonly Row[]): Place[] {
    return rows.filter(({ key }) => this.#scan.snapshot.seesKey(key)).map(({ key }) => decodePosition(key));
  }
}

/** The indexed heights within the bounds. */
function coveredHeights(scan: Scan): Bounds[] {
  const blocks = regionsOf(scan).find(({ kind }) => kind === 'blocks');
  return blocks === undefined ? [] : coveredWithin(blocks.positions, scan.snapshot);
}

function coveredWithin(positions: KeyRange, { state }: Snapshot): Bounds[] {
  return state.coverage
    .map(([from, to]) => overlap(heightRange(from, to), positions))
    .filter((range) => range !== null)
    .map((range) => heightsIn(range)!);
}

/** Some heights at equal distances. */
function spread(stretches: readonly Bounds[], count: number): number[] {
  const all = stretches.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  return Array.from({ length: count }, (_, i) => heightAt(stretches, Math.floor(((i + 0.5) * all) / count)));
}

/** The height that has so many others below it. */
function heightAt(stretches: readonly Bounds[], below: number): number {
  let left = below;
  for (const { from, to } of stretches) {
    if (from + left <= to) return from + left;
    left -= to - from + 1;
  }
  throw new RangeError(`there are not ${below} heights`);
}
