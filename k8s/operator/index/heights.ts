import { GatewaySilent } from './gateway-status.ts';
import type { Observation } from './observe.ts';

/** How far an index is, as far as it is known. */
export interface Heights {
  readonly network: string | null;
  /** Of the highest indexed block. */
  readonly height: number | null;
  /** Of the node's highest block. */
  readonly nodeHeight: number | null;
  /** Blocks that the node has and the index has not. */
  readonly lag: number | null;
  readonly coverage: readonly { readonly from: number; readonly to: number }[];
}

const NOTHING: Heights = { network: null, height: null, nodeHeight: null, lag: null, coverage: [] };

/** An indexer that stands still knows nothing of what its node has by now: so the node's own status counts as well. */
export function heightsOf({ api, node }: Observation): Heights {
  if (api instanceof GatewaySilent || api.chain === null) return NOTHING;
  const { network, height, nodeHeight: seen, coverage } = api.chain;
  const known = [seen, node?.status?.chain?.blocks].filter((value) => typeof value === 'number');
  const nodeHeight = known.length === 0 ? null : Math.max(...known);
  const lag = nodeHeight === null ? null : Math.max(0, nodeHeight - (height ?? -1));
  return { network, height, nodeHeight, lag, coverage };
}
