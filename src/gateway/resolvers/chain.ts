import { hashFromHex } from '../../chain/bytes.ts';
import { chainStatus } from '../observe/chain-status.ts';
import type {
  ChainResolvers,
  CompetingTipResolvers,
  FeeRateRangeResolvers,
  MempoolResolvers,
} from './resolver-types.ts';

export const Chain: ChainResolvers = {
  network: ({ network }) => network.id,
  tip: ({ snapshot }, _, { reader }) => (snapshot.tip === null ? null : reader.blockAt(snapshot.tip.height)),
  nodeTip: ({ snapshot }) => {
    const { nodeTip } = chainStatus(snapshot);
    return nodeTip === null ? null : { height: nodeTip.height, hash: hashFromHex(nodeTip.hash) };
  },
  lag: ({ snapshot }) => chainStatus(snapshot).lag,
  synced: ({ snapshot }) => chainStatus(snapshot).synced,
  cursor: ({ snapshot }) => chainStatus(snapshot).cursor,
  coverage: ({ snapshot }, _, context, info) => context.list(chainStatus(snapshot).coverage, info),
  split: ({ snapshot }, _, context, info) => context.list(snapshot.state.node?.competing ?? [], info),
};

export const CompetingTip: CompetingTipResolvers = {
  hash: ({ hash }) => hashFromHex(hash),
};

export const Mempool: MempoolResolvers = {
  histogram: ({ histogram }, _, context, info) => context.list(histogram, info),
};

export const FeeRateRange: FeeRateRangeResolvers = {
  feeRateFrom: ({ from }) => from,
};
