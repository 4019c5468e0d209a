import type { IndexAccess } from '../../query/accesses.ts';
import { heightsIn } from '../../query/regions.ts';
import { isArrival } from '../../store/commit-number.ts';
import { postingPrefix } from '../../store/postings.ts';
import { REQUEST_PRICE } from '../cost/pricing.ts';
import type {
  PlanPredictionResolvers,
  PlanRefusalResolvers,
  PlanStepResolvers,
  TransactionPlanResolvers,
} from './resolver-types.ts';

/** The most steps and conditions that are shown. */
const MOST_SHOWN = 100;
/** Fields of a list item in `nodes { txid }`. */
const FIELDS_OF_NODE = 2;

export const TransactionPlan: TransactionPlanResolvers = {
  steps: ({ steps, estimates, tip }, _, context, info) =>
    context.listOf(
      Math.min(steps.length, MOST_SHOWN),
      (i) => ({ ...steps[i]!, estimate: estimates.get(steps[i]!) ?? null, tip }),
      info,
    ),
  stepCount: ({ steps }) => steps.length,
  conditions: ({ conditions }, _, context, info) => context.list(conditions.slice(0, MOST_SHOWN), info),
};

export const PlanRefusal: PlanRefusalResolvers = {
  add: ({ remedies }, _, context, info) => context.list(remedies, info),
};

export const PlanStep: PlanStepResolvers = {
  index: ({ access }) => (access === null ? null : indexOf(access)),
  key: ({ access }, _, { answer }) => {
    const key = access === null ? null : keyOf(access);
    return key === null ? null : answer.bytes(key);
  },
  fromHeight: ({ bounds, tip }) => heightsIn(bounds, tip)?.from ?? null,
  toHeight: ({ bounds, tip }) => heightsIn(bounds, tip)?.to ?? null,
  unconfirmed: ({ bounds }) => isArrival(bounds.max),
  excluded: ({ isExcluded }) => isExcluded,
  rows: ({ estimate }) => estimate?.rows ?? null,
  exact: ({ estimate }) => estimate?.isExact ?? false,
};

export const PlanPrediction: PlanPredictionResolvers = {
  cost: ({ points, matches }) => REQUEST_PRICE + points + FIELDS_OF_NODE * matches,
  budgetExhausted: ({ endsEarly }) => endsEarly,
  exact: ({ isExact }) => isExact,
};

function indexOf(access: IndexAccess): string | null {
  if (access.kind === 'txid') return 'txid';
  return 'posting' in access ? access.posting : null;
}

/** The key of postings without their kind; of many keys, the bytes that all of them begin with. */
function keyOf(access: IndexAccess): Uint8Array | null {
  if (access.kind === 'posting') return postingPrefix(access.posting, access.key).subarray(1);
  if (access.kind !== 'span') return null;
  const { min, max } = access.span.range;
  const length = min.findIndex((byte, i) => byte !== max[i]);
  return min.subarray(1, length === -1 ? min.length : length);
}
