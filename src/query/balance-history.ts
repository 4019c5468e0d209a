import { BitqlError } from '../errors.ts';
import { comparePositions, decodePosition, heightRange, neighbour } from '../store/position.ts';
import { lockKey, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import { scanPages } from '../store/scan-pages.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { KeyRange, Row } from '../store/store.ts';
import { type Balance, NO_BALANCE, plusPosting } from './balance.ts';
import { type BalanceState, encodeBalanceCursor, placeOfCursor } from './balance-cursor.ts';
import { heightAtTime, timesAt } from './chain-time.ts';
import { fingerprintOf } from './cursor.ts';
import type { ListPage } from './list.ts';
import { type Interval, type Period, periodOf } from './period.ts';
import type { ChainReader } from './reader.ts';
import type { Budget } from './work.ts';

/** A request for a page of the periods in which an address received or spent something. */
export interface HistoryRequest {
  readonly lockingScript: Uint8Array;
  readonly by: Interval;
  /** In unix seconds: the first that counts, and the first that no longer does. */
  readonly from?: number | null | undefined;
  readonly to?: number | null | undefined;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** What an address did in a period, in satoshis. */
export interface BalancePeriod extends Period, Balance {
  /** Received minus spent from the first indexed block to the end of the period. */
  readonly atEnd: number;
  /** The last block in which it did something. */
  readonly lastHeight: number;
  /** Whether some of the period is left out: by the request, the first or the last indexed block. */
  readonly partial: boolean;
}

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;
/** Transactions that are read together. */
const ROWS = 1_024;

/**
 * A page of the history of a locking script, oldest first. Periods without its transactions are left out. It is added up from the first
 * indexed block, so a page may end before its first period, when the budget is used up.
 * @throws BAD_QUERY, BAD_CURSOR, CURSOR_EXPIRED
 */
export async function balanceHistory(
  reader: ChainReader,
  request: HistoryRequest,
  budget: Budget,
): Promise<ListPage<BalancePeriod>> {
  const { lockingScript, by, from = null, to = null, first, after } = request;
  const count = pageSize(first);
  const print = fingerprintOf(['balances', lockingScript, by, from, to], reader);
  const start = after == null ? null : await placeOfCursor(after, print, reader);
  const snapshot = start?.snapshot ?? reader.snapshot;
  const stretch = await stretchOf(request, snapshot, reader);
  const state = start?.state ?? BEGINNING;
  const walk = stretch === null ? null : await walkOf({ ...request, ...stretch, reader, state, count }, budget);
  const cursorOf = (place: BalanceState) => encodeBalanceCursor(print, snapshot, place);
  return pageOf(walk ?? NOTHING, cursorOf, after != null);
}

function pageSize(first: number | null | undefined): number {
  const count = first ?? DEFAULT_PAGE;
  if (count >= 1 && count <= MAX_PAGE) return count;
  throw new BitqlError('BAD_QUERY', `\`first\` must be from 1 to ${MAX_PAGE}, not ${count}.`);
}

function pageOf(
  { found, end }: HistoryWalk,
  cursorOf: (place: BalanceState) => string,
  hasPreviousPage: boolean,
): ListPage<BalancePeriod> {
  const edges = found.map(({ node, state }) => ({ node, cursor: cursorOf(state) }));
  const stopped = end.kind === 'exhausted' ? cursorOf(end.state) : null;
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: stopped ?? edges.at(-1)?.cursor ?? null,
      hasNextPage: end.kind !== 'whole',
      hasPreviousPage,
      budgetExhausted: end.kind === 'exhausted',
    },
  };
}

/** The part of the chain that a history is made of. */
interface HistoryStretch {
  /** The first height that counts for periods; those below it count for balances. */
  readonly firstHeight: number;
  readonly lastHeight: number;
  /** The time line is complete from here on, and up to there, in unix seconds. */
  readonly completeFrom: number;
  readonly completeTo: number;
}

/** Null if there is nothing in it. */
async function stretchOf(
  { from, to }: HistoryRequest,
  snapshot: Snapshot,
  reader: ChainReader,
): Promise<HistoryStretch | null> {
  const bottom = snapshot.state.coverage[0]?.[0];
  const { tip } = snapshot;
  if (tip === null || bottom === undefined) return null;
  const times = await timesAt([bottom, tip.height], reader);
  const [firstHeight, behind] = await Promise.all([
    from == null ? bottom : heightAtTime(from, bottom, tip.height, reader),
    to == null ? tip.height + 1 : heightAtTime(to + 1, bottom, tip.height, reader),
  ]);
  if (behind <= firstHeight) return null;
  const begun = bottom === 0 ? 0 : times.get(bottom)! + 1;
  return {
    firstHeight,
    lastHeight: behind - 1,
    completeFrom: Math.max(begun, from ?? 0),
    completeTo: Math.min(times.get(tip.height)!, (to ?? Number.POSITIVE_INFINITY) + 1),
  };
}

interface WalkRequest extends HistoryRequest, HistoryStretch {
  readonly reader: ChainReader;
  /** Where it begins. */
  readonly state: BalanceState;
  /** The most periods. */
  readonly count: number;
}

/** What a walk found: periods, each with the state at its end, and why it ended. */
interface HistoryWalk {
  readonly found: readonly FoundPeriod[];
  readonly end: { readonly kind: 'whole' | 'full' } | { readonly kind: 'exhausted'; readonly state: BalanceState };
}

interface FoundPeriod {
  readonly node: BalancePeriod;
  readonly state: BalanceState;
}

const BEGINNING: BalanceState = { position: null, sums: NO_BALANCE, before: NO_BALANCE };
const NOTHING: HistoryWalk = { found: [], end: { kind: 'whole' } };

/** Adds up transactions until there are enough periods, nothing is left, or the budget is used up. */
async function walkOf(request: WalkRequest, budget: Budget): Promise<HistoryWalk> {
  const { reader, state, count } = request;
  const range = rangeAfter(request);
  if (range === null) return NOTHING;
  const ledger = new Ledger(request, await openPeriod(request));
  for await (const { rows, more } of scanPages(reader.store, 'postings', range, ROWS)) {
    const seen = rows.filter(({ key }) => reader.snapshot.seesKey(key));
    const heights = [...new Set(seen.map(heightOf))].filter((height) => height >= request.firstHeight);
    const times = await timesAt(heights, reader);
    for (const row of seen) {
      ledger.add(row, times.get(heightOf(row)) ?? null);
      if (ledger.found.length === count && ledger.isOpen) return { found: ledger.found, end: { kind: 'full' } };
    }
    budget.spend(Math.max(rows.length + heights.length, 1));
    if (more && budget.exhausted && ledger.state !== state) {
      return { found: ledger.found, end: { kind: 'exhausted', state: ledger.state } };
    }
  }
  ledger.close();
  return { found: ledger.found, end: { kind: 'whole' } };
}

/** The postings that are not added yet; null if there are none. */
function rangeAfter({ lockingScript, lastHeight, state: { position } }: WalkRequest): KeyRange | null {
  const { min, max } = heightRange(0, lastHeight);
  const from = position === null ? min : neighbour(position, false);
  if (from === null || comparePositions(from, max) > 0) return null;
  return postingRange(postingPrefix('lock', lockKey(lockingScript)), { min: from, max });
}

/** The period that the walk begins within; null if it begins between two. */
async function openPeriod({ by, reader, state }: WalkRequest): Promise<OpenPeriod | null> {
  const { position, sums, before } = state;
  if (position === null || sums.transactionCount === before.transactionCount) return null;
  const { height } = decodePosition(position);
  const times = await timesAt([height], reader);
  return { height, period: periodOf(times.get(height)!, by) };
}

interface OpenPeriod {
  readonly period: Period;
  /** Of the last transaction in it. */
  readonly height: number;
}

/** Adds transactions to periods, in chain order. */
class Ledger {
  readonly found: FoundPeriod[] = [];
  readonly #request: WalkRequest;
  #state: BalanceState;
  #open: OpenPeriod | null;

  constructor(request: WalkRequest, open: OpenPeriod | null) {
    this.#request = request;
    this.#state = request.state;
    this.#open = open;
  }

  get state(): BalanceState {
    return this.#state;
  }

  get isOpen(): boolean {
    return this.#open !== null;
  }

  /** @param time of its block; null below the first period */
  add({ key, value }: Row, time: number | null): void {
    const height = heightOf({ key });
    const period = time === null ? null : periodOf(time, this.#request.by);
    if (this.#open !== null && !this.#isSame(this.#open, period, height)) this.close();
    const sums = plusPosting(this.#state.sums, value);
    const before = period === null ? sums : this.#state.before;
    this.#state = { position: positionOf(key).slice(), sums, before };
    this.#open = period && { period, height };
  }

  /** Ends the period that is open, if there is one. */
  close(): void {
    if (this.#open === null) return;
    const { sums, before } = this.#state;
    this.#state = { ...this.#state, before: sums };
    this.found.push({ node: this.#periodBetween(before, sums, this.#open), state: this.#state });
    this.#open = null;
  }

  /** Blocks may have the same time. */
  #isSame(open: OpenPeriod, period: Period | null, height: number): boolean {
    return this.#request.by === 'BLOCK' ? open.height === height : open.period.from === period?.from;
  }

  #periodBetween(
    before: Balance,
    { received, spent, transactionCount }: Balance,
    { period, height }: OpenPeriod,
  ): BalancePeriod {
    const { by, completeFrom, completeTo } = this.#request;
    return {
      ...period,
      received: received - before.received,
      spent: spent - before.spent,
      transactionCount: transactionCount - before.transactionCount,
      atEnd: received - spent,
      lastHeight: height,
      partial: by !== 'BLOCK' && (period.from < completeFrom || period.to > completeTo),
    };
  }
}

function heightOf({ key }: Pick<Row, 'key'>): number {
  return decodePosition(positionOf(key)).height;
}
