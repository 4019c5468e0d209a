import type { TriggerEvent } from '../../api/block-trigger.ts';
import type { BitcoinNode, BlockTrigger } from '../../api/kinds.ts';
import { conditionOf } from '../runtime/conditions.ts';
import type { BlockInfo } from './chain.ts';

/** Something that happened, for which each template makes one object. */
export interface Occurrence {
  readonly event: TriggerEvent;
  /** What it is handled once for: the hash of a block, or the time of an occasion. */
  readonly key: string;
  /** The block that came, left or matched; with an occasion, the newest one. */
  readonly block: BlockInfo;
  /** The transaction that matched. */
  readonly txid?: string;
}

/** What manifests may say of an occurrence as $(NAME), and containers find in their environment. */
export const OCCURRENCE_VARIABLES = [
  'EVENT',
  'BLOCK_HASH',
  'BLOCK_HEIGHT',
  'BLOCK_TIME',
  'BLOCK_PREVIOUS_HASH',
  'TXID',
] as const;

export type OccurrenceVariables = Readonly<Record<(typeof OCCURRENCE_VARIABLES)[number], string>>;

/** All of them; what an occurrence does not have is an empty text. */
export function variablesOf({ event, block, txid = '' }: Occurrence): OccurrenceVariables {
  return {
    EVENT: event,
    BLOCK_HASH: block.hash,
    BLOCK_HEIGHT: String(block.height),
    BLOCK_TIME: String(block.time),
    BLOCK_PREVIOUS_HASH: block.previousHash,
    TXID: txid,
  };
}

/** An occasion that holds: that the node is synced, or its chain split. Its key is when that began; null for none. */
export function occasionKey({ spec, metadata }: BlockTrigger, node: BitcoinNode): string | null {
  const condition = conditionOf(node, spec.event);
  if (condition?.status !== 'True') return null;
  const since = condition.lastTransitionTime;
  return Date.parse(since) >= Date.parse(metadata.creationTimestamp) ? since : null;
}
