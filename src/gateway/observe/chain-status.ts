import { behind, encodeEventCursor } from '../../live/live-place.ts';
import { endOf } from '../../store/event-log.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { BlockRef } from '../../store/state.ts';

/** How fresh and how complete what a snapshot shows is. */
export interface ChainStatus {
  readonly tip: BlockRef | null;
  /** The node's last block, as the indexer last saw it. */
  readonly nodeTip: BlockRef | null;
  /** Blocks that the node has and the index has not; null if the node was never reached. */
  readonly lag: number | null;
  /** Whether the index has a block, all that its node has, and the node all blocks that it knows headers of. */
  readonly synced: boolean;
  /** Behind which the events begin that follow; null until there is a log of them. */
  readonly cursor: string | null;
  /** The heights that are indexed, ascending. */
  readonly coverage: readonly { readonly from: number; readonly to: number }[];
}

export function chainStatus({ state, tip, commit }: Snapshot): ChainStatus {
  const { node } = state;
  const cursor = state.logStart === null ? null : encodeEventCursor(behind(endOf(commit)));
  const coverage = state.coverage.map(([from, to]) => ({ from, to }));
  if (node === null) return { tip, nodeTip: null, lag: null, synced: false, cursor, coverage };
  const next = tip === null ? state.start : tip.height + 1;
  const lag = Math.max(0, node.tip.height + 1 - next);
  return {
    tip,
    nodeTip: node.tip,
    lag,
    synced: tip !== null && lag === 0 && node.headers <= node.tip.height,
    cursor,
    coverage,
  };
}

/** What each answer says of itself. */
export function chainExtension(snapshot: Snapshot): { readonly chain: Omit<ChainStatus, 'synced'> } {
  const { tip, nodeTip, lag, cursor, coverage } = chainStatus(snapshot);
  return { chain: { tip, nodeTip, lag, cursor, coverage } };
}
