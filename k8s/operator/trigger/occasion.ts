import type { BitcoinNode, BlockTrigger } from '../../api/kinds.ts';

/** An occasion that holds: that the node is synced, or its chain split. Its key is when that began; null for none. */
export function occasionKey({ spec, metadata }: BlockTrigger, { status }: BitcoinNode): string | null {
  const condition = status?.conditions?.find(({ type }) => type === spec.event);
  if (condition?.status !== 'True') return null;
  const since = condition.lastTransitionTime;
  return Date.parse(since) >= Date.parse(metadata.creationTimestamp) ? since : null;
}
