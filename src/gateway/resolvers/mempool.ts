import type { GraphQLResolveInfo } from 'graphql';
import { BitqlError } from '../../errors.ts';
import type { MiningOrder } from '../../mempool/mining-order.ts';
import { orderedPage } from '../../mempool/order-page.ts';
import {
  ancestorsOf,
  descendantsOf,
  effectiveFeeRateOf,
  isPending,
  isReplaceable,
  type RelativesContext,
} from '../../mempool/relatives.ts';
import type { PageArguments } from '../../query/list.ts';
import type { ChainReader } from '../../query/reader.ts';
import type { TransactionView } from '../../query/transaction-view.ts';
import { FARTHEST_TARGET } from '../../rpc/fee-estimates.ts';
import type { RequestContext } from './context.ts';
import type { TransactionPage } from './parents.ts';
import type {
  FeeEstimatesResolvers,
  FeeRateRangeResolvers,
  MempoolResolvers,
  NodeFeeEstimateResolvers,
  NodeFeeEstimatesResolvers,
  ProjectedBlockResolvers,
  QueryResolvers,
  RelativesResolvers,
  TransactionResolvers,
} from './resolver-types.ts';

const MOST_BLOCKS_SHOWN = 100;
const MOST_TARGETS = 25;
const MOST_RELATIVES_SHOWN = 1_000;

export const mempoolQueries: Pick<QueryResolvers, 'mempool' | 'projectedBlocks' | 'feeEstimates'> = {
  mempool: async (_, __, context, info) => (await context.readers.open(info)).snapshot.state.mempool,

  projectedBlocks: async (_, { first }, context, info) => {
    requireFirst(first, MOST_BLOCKS_SHOWN);
    await context.readers.open(info);
    const order = await presentOrder(context, info);
    if (order === null) return null;
    const blocks = order.blocks(first).map((block, i) => ({ ...block, target: i + 1 }));
    return context.list(blocks, info);
  },

  feeEstimates: async (_, { targets, mode }, context, info) => {
    requireTargets(targets);
    await context.readers.open(info);
    return { targets, mode };
  },
};

export const Mempool: MempoolResolvers = {
  histogram: ({ histogram }, _, context, info) => context.list(histogram, info),
  transactions: async (_, args, context, info) => {
    const page = await miningPage(args, context, info);
    return page === null ? null : context.page(page, info);
  },
};

export const FeeRateRange: FeeRateRangeResolvers = {
  feeRateFrom: ({ from }) => from,
};

export const ProjectedBlock: ProjectedBlockResolvers = {
  minFeeRate: ({ feeRates }) => feeRates.min,
  medianFeeRate: ({ feeRates }) => feeRates.median,
  maxFeeRate: ({ feeRates }) => feeRates.max,
  full: ({ isFull }) => isFull,
};

export const FeeEstimates: FeeEstimatesResolvers = {
  node: (asked, _, { fees }) => (fees === null ? null : { ...asked, fees }),
  projected: async ({ targets }, _, context, info) => {
    const order = await presentOrder(context, info);
    if (order === null) return null;
    const blocks = order.blocks(Math.max(...targets));
    const estimates = targets.map((target) => {
      const block = blocks[target - 1];
      return { target, feeRate: block?.isFull ? block.feeRates.min : null };
    });
    return context.list(estimates, info);
  },
};

export const NodeFeeEstimates: NodeFeeEstimatesResolvers = {
  minimumFeeRate: ({ fees }, _, context) => context.inTime(fees.minimum()),
  estimates: async ({ fees, targets, mode }, _, context, info) => {
    const estimates = await context.inTime(fees.estimates(targets, mode));
    return estimates === null ? null : context.list(estimates, info);
  },
};

export const NodeFeeEstimate: NodeFeeEstimateResolvers = {
  errors: ({ errors }, _, context, info) => context.list(errors, info),
};

export const Relatives: RelativesResolvers = {
  transactions: ({ transactions }, { first }, context, info) => {
    requireFirst(first, MOST_RELATIVES_SHOWN);
    return context.list(transactions.slice(0, first), info);
  },
};

/** What only transactions in the mempool have. */
export const pendingFields: Pick<
  TransactionResolvers,
  'effectiveFeeRate' | 'ancestors' | 'descendants' | 'replaceable'
> = {
  effectiveFeeRate: (transaction, _, context, info) =>
    context.effectiveFeeRates.get(transaction) ?? ifPending(transaction, context, info, effectiveFeeRateOf),
  ancestors: (transaction, _, context, info) => ifPending(transaction, context, info, ancestorsOf),
  descendants: (transaction, _, context, info) => ifPending(transaction, context, info, descendantsOf),
  replaceable: (transaction, _, context, info) => ifPending(transaction, context, info, isReplaceable),
};

function ifPending<T>(
  transaction: TransactionView,
  context: RequestContext,
  info: GraphQLResolveInfo,
  work: (transaction: TransactionView, context: RelativesContext) => Promise<T>,
): Promise<T> | null {
  if (!isPending(transaction)) return null;
  context.charge();
  return work(transaction, { reader: context.readers.of(info), budget: context.budget });
}

/** Null until the indexer has read the node's mempool, and in the past. */
async function presentOrder(context: RequestContext, info: GraphQLResolveInfo): Promise<MiningOrder | null> {
  return hasMempool(context.readers.of(info)) ? context.miningOrder() : null;
}

function hasMempool({ snapshot }: ChainReader): boolean {
  return !snapshot.isPast && snapshot.state.logStart !== null;
}

/** Null until the indexer has read the node's mempool. */
async function miningPage(
  args: PageArguments,
  context: RequestContext,
  info: GraphQLResolveInfo,
): Promise<TransactionPage | null> {
  const { orders, budget } = context;
  const reader = context.readers.of(info);
  if (!hasMempool(reader)) return null;
  const present = () => context.miningOrder();
  const { feeRates, ...page } = await orderedPage({ orders, reader, budget, present }, args);
  for (const [transaction, feeRate] of feeRates) context.effectiveFeeRates.set(transaction, feeRate);
  return page;
}

function requireFirst(first: number, most: number): void {
  if (first >= 1 && first <= most) return;
  throw new BitqlError('BAD_QUERY', `\`first\` must be from 1 to ${most}, not ${first}.`);
}

function requireTargets(targets: readonly number[]): void {
  if (targets.length === 0 || targets.length > MOST_TARGETS) {
    throw new BitqlError(
      'BAD_QUERY',
      `\`targets\` must have 1 to ${MOST_TARGETS} numbers of blocks, not ${targets.length}.`,
    );
  }
  const wrong = targets.find((target) => target < 1 || target > FARTHEST_TARGET);
  if (wrong === undefined) return;
  throw new BitqlError('BAD_QUERY', `A target must be from 1 to ${FARTHEST_TARGET} blocks, not ${wrong}.`);
}
