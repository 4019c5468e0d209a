import type { Plan } from '../plan.ts';
import { SHORTEST_FIRST_PAGE } from '../plan-sources.ts';
import { type FoundTransactions, search, type TransactionSearch } from '../transactions.ts';
import { Budget, type CountedWork } from '../work.ts';
import { inOrder, rootStep } from './plan-steps.ts';
import type { SearchSize } from './row-estimates.ts';

/** What one page would take. */
export interface Prediction {
  /** Matches on the page. */
  readonly matches: number;
  /** Rows that are examined for it. */
  readonly rows: number;
  /** The cost of that, in points. */
  readonly points: number;
  /** Whether the budget ends the page before it is full. */
  readonly endsEarly: boolean;
  /** Whether the search was made to its end, so that nothing is estimated. */
  readonly isExact: boolean;
}

/** Of a search that reads nothing. */
export const NO_MATCHES: Prediction = { matches: 0, rows: 0, points: 0, endsEarly: false, isExact: true };

/**
 * The most rows that are examined before the rest is extrapolated: some, and for each list the first page of blocks and one of the
 * mempool, since a union of many lists reads these before it finds anything.
 */
const TRIAL_ROWS = 400;
const TRIAL_ROWS_OF_LIST = SHORTEST_FIRST_PAGE + 1;

interface PredictionOptions {
  /** Counts what the search costs. */
  readonly work: CountedWork;
  /** What there is to search; null if it is not known. */
  readonly size: SearchSize | null;
}

/**
 * Predicts what a page takes, by searching for it within a small budget. A search that gathers rows of many keys gets the budget of
 * a whole request: it needs all of them before it finds the first match.
 * @param given with the budget of a request
 * @throws BUDGET_EXCEEDED if the search would be refused because there are too many
 */
export async function predict(given: TransactionSearch, plan: Plan, options: PredictionOptions): Promise<Prediction> {
  const { budget: whole, list } = given;
  const budget = new Budget(Math.min(trialRows(plan), whole.rows));
  const found = await search({ ...given, budget }, plan).finally(() => whole.spend(budget.spent));
  const trial = { rows: budget.spent, points: options.work.points, matches: Math.min(found.items.length, list.count) };
  const endsEarly = found.exhaustedAt !== null && found.items.length <= list.count;
  const isWhole = budget.rows === whole.rows;
  // A search whose budget ends on the way may leave out a read that another would make.
  if (!endsEarly || isWhole) return { ...trial, endsEarly, isExact: isWhole || !budget.exhausted };
  const { rows, times } = extrapolate(found, trial.rows, list.wanted, options.size);
  const part = Math.min(1, whole.rows / rows);
  return {
    rows: Math.round(rows * part),
    points: Math.round(trial.points * times * part),
    matches: Math.min(list.count, Math.round(trial.matches * times * part)),
    endsEarly: part < 1,
    isExact: false,
  };
}

function trialRows(plan: Plan): number {
  const accesses = inOrder(rootStep(plan)).filter(({ access }) => access !== null);
  const gathers = accesses.some(({ operation }) => operation === 'KEY_RANGE');
  return gathers ? Number.POSITIVE_INFINITY : TRIAL_ROWS + TRIAL_ROWS_OF_LIST * accesses.length;
}

/**
 * How many rows the whole page needs, and how many times the work of the trial, if the rest of the search is like the trial.
 * @param tried the rows of the trial
 */
function extrapolate({ items, examined }: FoundTransactions, tried: number, wanted: number, size: SearchSize | null) {
  const most = size === null ? Number.POSITIVE_INFINITY : Math.max(tried, size.reads + size.candidates);
  const ofPage = items.length === 0 ? Number.POSITIVE_INFINITY : wanted / items.length;
  // Without a candidate, only the rows say how far the trial has come.
  const ofAll = size === null || examined === 0 ? most / tried : Math.max(1, size.candidates / examined);
  const times = Math.min(ofPage, ofAll);
  return { rows: Math.min(tried * times, most), times: Number.isFinite(times) ? times : 1 };
}
