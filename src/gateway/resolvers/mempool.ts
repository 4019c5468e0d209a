import type { FeeRateRangeResolvers, MempoolResolvers } from './resolver-types.ts';

export const Mempool: MempoolResolvers = {
  histogram: ({ histogram }, _, context, info) => context.list(histogram, info),
};

export const FeeRateRange: FeeRateRangeResolvers = {
  feeRateFrom: ({ from }) => from,
};
