import type { Plan } from '../plan.ts';
import { type FoundTransactions, search, type TransactionSearch } from '../transactions.ts';
import { Budget, type CountedWork } from '../work.ts';
import { inOrder, rootStep } from './plan-steps.ts';

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

/** The most rows that are examined before the rest is extrapolated: some, and for each list a page of blocks and one of the mempool. */
const TRIAL_ROWS = 300;
const TRIAL_ROWS_OF_LIST = 2;

interface PredictionOptions {
  /** Counts what the search costs. */
  readonly work: CountedWork;
  /** The most candidates that the plan leads to, as an estimate; null if it is not known. */
  readonly candidates: number | null;
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
  if (!endsEarly || budget.rows === whole.rows) return { ...trial, endsEarly, isExact: true };
  const needed = rowsToGo(found, trial.rows, list.wanted, options.candidates);
  const rows = Math.round(Math.min(needed, whole.rows));
  return {
    rows,
    points: Math.round((trial.points * rows) / trial.rows),
    matches: Math.min(list.count, Math.round((trial.matches * rows) / trial.rows)),
    endsEarly: needed > whole.rows,
    isExact: false,
  };
}

function trialRows(plan: Plan): number {
  const accesses = inOrder(rootStep(plan)).filter(({ access }) => access !== null);
  const gathers = accesses.some(({ operation }) => operation === 'KEY_RANGE');
  return gathers ? Number.POSITIVE_INFINITY : TRIAL_ROWS + TRIAL_ROWS_OF_LIST * accesses.length;
}

/** The rows that the whole page needs, if the rest of the search is like the trial. */
function rowsToGo(
  { items, examined }: FoundTransactions,
  rows: number,
  wanted: number,
  candidates: number | null,
): number {
  const forPage = items.length === 0 ? Number.POSITIVE_INFINITY : (rows * wanted) / items.length;
  if (candidates === null) return forPage;
  // Each candidate is a row of the index, and then a transaction.
  const forAll = examined === 0 ? 2 * candidates : (rows * candidates) / examined;
  return Math.min(forPage, Math.max(rows, forAll));
}
