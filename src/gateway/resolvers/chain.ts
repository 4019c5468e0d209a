import { hashFromHex } from '../../chain/bytes.ts';
import type { PostingFamily } from '../../store/postings.ts';
import { chainStatus, familyStatuses } from '../observe/chain-status.ts';
import type {
  ChainResolvers,
  CompetingTipResolvers,
  FeeRateRangeResolvers,
  MempoolResolvers,
  SearchIndexName,
  SearchIndexResolvers,
} from './resolver-types.ts';

export const Chain: ChainResolvers = {
  network: ({ network }) => network.id,
  tip: (reader) => (reader.snapshot.tip === null ? null : reader.blockAt(reader.snapshot.tip.height)),
  nodeTip: (_, __, { readers }) => {
    const { nodeTip } = chainStatus(readers.present.snapshot);
    return nodeTip === null ? null : { height: nodeTip.height, hash: hashFromHex(nodeTip.hash) };
  },
  lag: (_, __, { readers }) => chainStatus(readers.present.snapshot).lag,
  synced: (_, __, { readers }) => chainStatus(readers.present.snapshot).synced,
  cursor: ({ snapshot }) => (snapshot.isPast ? null : chainStatus(snapshot).cursor),
  coverage: ({ snapshot }, _, context, info) => context.list(chainStatus(snapshot).coverage, info),
  indexes: ({ snapshot }, _, context, info) => context.list(familyStatuses(snapshot.state), info),
  split: (_, __, context, info) => context.list(context.readers.present.snapshot.state.node?.competing ?? [], info),
};

const INDEX_NAMES: Readonly<Record<PostingFamily, SearchIndexName>> = {
  tokens: 'TOKENS',
  scripts: 'SCRIPTS',
  inputs: 'INPUTS',
};

export const SearchIndex: SearchIndexResolvers = {
  name: ({ name }) => INDEX_NAMES[name],
  coverage: ({ coverage }, _, context, info) => context.list(coverage, info),
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
