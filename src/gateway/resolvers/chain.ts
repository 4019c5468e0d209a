import { hashFromHex } from '../../chain/bytes.ts';
import type { PostingFamily } from '../../store/postings.ts';
import { chainStatus, familyStatuses } from '../observe/chain-status.ts';
import type { ChainResolvers, CompetingTipResolvers, SearchIndexName, SearchIndexResolvers } from './resolver-types.ts';

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
  indexes: ({ snapshot }, _, context, info) => context.list(familyStatuses(snapshot.state), info),
  split: ({ snapshot }, _, context, info) => context.list(snapshot.state.node?.competing ?? [], info),
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
