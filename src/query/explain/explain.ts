import { type ErrorCode, errorCode } from '../../errors.ts';
import type { Filter, Order } from '../filter.ts';
import { parsingPoints } from '../given-values.ts';
import { List } from '../list.ts';
import { needsOf } from '../match-facts.ts';
import { type FilterInput, parseFilter } from '../parse-filter.ts';
import { onLongChain, type Plan, planOf } from '../plan.ts';
import type { ChainReader } from '../reader.ts';
import { contextOf, scanFor } from '../transactions.ts';
import { UnindexedError } from '../unindexed.ts';
import type { Budget, CountedWork } from '../work.ts';
import { inOrder, type PlanStep, rootStep } from './plan-steps.ts';
import { NO_MATCHES, type Prediction, predict } from './prediction.ts';
import { residualConditions } from './residuals.ts';
import { estimateRows, type RowEstimates, searchSize } from './row-estimates.ts';

/** A page that could be asked for. */
export interface ExplainRequest {
  readonly filter: FilterInput;
  /** Whether to examine all transactions if no index leads to the matches. */
  readonly scan: boolean;
  readonly order: Order;
  /** The length of the page [25]. */
  readonly first: number | null;
}

/** Two readers of one snapshot that share nothing of what they have read. */
export interface ExplainReaders {
  /** Reads samples. */
  readonly sampling: ChainReader;
  /** Searches, so that its work is the work of a search. */
  readonly searching: ChainReader;
  /** The work of `searching`. */
  readonly work: CountedWork;
}

/** Why a page would be refused. */
export interface PlanRefusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** What would make an answer possible, each by itself; none if the message says all. */
  readonly remedies: readonly string[];
}

/** How a page would be found, and what that would take. */
export interface Explanation {
  readonly refusal: PlanRefusal | null;
  /** Why it would be refused if the index had more blocks than are scanned; null if it would not, or is refused now. */
  readonly longChainRefusal: PlanRefusal | null;
  /** Each before its members; none if nothing can match, or there is no plan. */
  readonly steps: readonly PlanStep[];
  readonly estimates: RowEstimates;
  /** The paths of conditions that are checked on each transaction found; without a plan, those that no index leads to. */
  readonly conditions: readonly string[];
  /** Null with a refusal. */
  readonly prediction: Prediction | null;
}

const NOTHING: Explanation = {
  refusal: null,
  longChainRefusal: null,
  steps: [],
  estimates: new Map(),
  conditions: [],
  prediction: null,
};

/**
 * Explains how a page would be found, also one that would be refused. A small part of the search is made, and charged.
 * @param budget of a whole request; what is examined here is charged to it
 */
export async function explainPage(
  request: ExplainRequest,
  readers: ExplainReaders,
  budget: Budget,
): Promise<Explanation> {
  const reader = readers.searching;
  const parsing = parsingPoints(request.filter);
  // Once more for the conditions by themselves.
  readers.sampling.work.add(2 * parsing);
  const asked = await refusable(() => openList(request, reader));
  if (asked.refusal !== null) return { ...NOTHING, refusal: asked.refusal };
  const { filter, list } = asked.result;
  const context = await contextOf(filter, list.snapshot, reader, request.scan);
  const planned = await refusable(async () => planOf(filter, context));
  if (planned.refusal !== null) {
    const conditions = residualConditions(request.filter, null, reader.network);
    return { ...NOTHING, refusal: planned.refusal, conditions };
  }
  const plan = planned.result;
  const { refusal: longChainRefusal } = await refusable(async () => planOf(filter, onLongChain(context)));
  if (plan === null) {
    const prediction = { ...NO_MATCHES, points: readers.work.points };
    return { ...NOTHING, longChainRefusal, prediction };
  }
  const conditions = residualConditions(request.filter, plan.root, reader.network);
  const root = rootStep(plan);
  const tried = await refusable(() => tryOut({ filter, list, plan, root }, readers, budget));
  const { prediction, estimates } = tried.result ?? { prediction: null, estimates: NOTHING.estimates };
  const priced = prediction && { ...prediction, points: parsing + prediction.points };
  return { refusal: tried.refusal, longChainRefusal, steps: inOrder(root), conditions, estimates, prediction: priced };
}

interface PlannedPage {
  readonly filter: Filter;
  readonly list: List;
  readonly plan: Plan;
  readonly root: PlanStep;
}

async function openList({ filter: input, order, first }: ExplainRequest, reader: ChainReader) {
  const filter = parseFilter(input, reader.network);
  return { filter, list: await List.open(reader, { identity: filter, order, args: { first } }) };
}

/** @throws BUDGET_EXCEEDED if the search would gather too many rows */
async function tryOut({ plan, root, ...page }: PlannedPage, readers: ExplainReaders, budget: Budget) {
  const { sampling, searching, work } = readers;
  const given = { ...page, needs: needsOf(page.filter), reader: searching, budget };
  const scan = scanFor({ ...given, reader: sampling }, plan);
  const estimates = scan === null ? NOTHING.estimates : await estimateRows(root, scan, sampling);
  const size = searchSize(root, estimates);
  return { estimates, prediction: await predict(given, plan, { work, size }) };
}

/** What a query of the page would be refused with. All other errors are those of explaining. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['BAD_QUERY', 'BAD_ADDRESS', 'NOT_INDEXED', 'BUDGET_EXCEEDED']);

type Refusable<T> =
  | { readonly refusal: null; readonly result: T }
  | { readonly refusal: PlanRefusal; readonly result: null };

async function refusable<T>(work: () => Promise<T>): Promise<Refusable<T>> {
  try {
    return { refusal: null, result: await work() };
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined || !REFUSALS.has(code)) throw error;
    const remedies = error instanceof UnindexedError ? error.remedies : [];
    return { refusal: { code, message: (error as Error).message, remedies }, result: null };
  }
}
