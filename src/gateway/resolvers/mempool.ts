import type { FeeRateRangeResolvers, MempoolResolvers } from '../resolver-types.ts';

export const Mempool: MempoolResolvers = {
  histogram: ({ histogram }) => [...histogram],
};

export const FeeRateRange: FeeRateRangeResolvers = {
  feeRateFrom: ({ from }) => from,
};
