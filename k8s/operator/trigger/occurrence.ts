import type { TriggerEvent } from '../../api/block-trigger.ts';
import type { BitcoinNode, BlockTrigger } from '../../api/kinds.ts';
import { conditionOf } from '../runtime/status.ts';
import type { BlockInfo } from './chain.ts';

/** An event for which each template creates one object. */
export interface Occurrence {
  readonly event: TriggerEvent;
  /** It is handled once per key: the hash of a block, or the time of an occasion. */
  readonly key: string;
  /** The block that was added, removed or matched; for an occasion, the newest block. */
  readonly block: BlockInfo;
  /** The matching transaction. */
  readonly txid?: string;
}

/** The variables of an occurrence: $(NAME) in manifests, and in the environment of containers. */
export const OCCURRENCE_VARIABLES = [
  'EVENT',
  'BLOCK_HASH',
  'BLOCK_HEIGHT',
  'BLOCK_TIME',
  'BLOCK_PREVIOUS_HASH',
  'TXID',
] as const;

export type OccurrenceVariables = Readonly<Record<(typeof OCCURRENCE_VARIABLES)[number], string>>;

/** All variables; those that an occurrence does not have are empty. */
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

/** The key of a current occasion (the node is synced, or its chain is split): the time when it began; null for none. */
export function occasionKey({ spec, metadata }: BlockTrigger, node: BitcoinNode): string | null {
  const condition = conditionOf(node, spec.event);
  if (condition?.status !== 'True') return null;
  const since = condition.lastTransitionTime;
  return Date.parse(since) >= Date.parse(metadata.creationTimestamp) ? since : null;
}
