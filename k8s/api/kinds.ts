import { BITCOIN_INDEX, type BitcoinIndexSpec, type BitcoinIndexStatus } from './bitcoin-index.ts';
import { BITCOIN_NODE, type BitcoinNodeSpec, type BitcoinNodeStatus } from './bitcoin-node.ts';
import { BLOCK_TRIGGER, type BlockTriggerSpec, type BlockTriggerStatus } from './block-trigger.ts';
import type { CustomObject, CustomResource } from './custom-resource.ts';

export type BitcoinNode = CustomObject<BitcoinNodeSpec, BitcoinNodeStatus>;
export type BitcoinIndex = CustomObject<BitcoinIndexSpec, BitcoinIndexStatus>;
export type BlockTrigger = CustomObject<BlockTriggerSpec, BlockTriggerStatus>;

/** All kinds of ours. */
export const KINDS: readonly CustomResource[] = [BITCOIN_NODE, BITCOIN_INDEX, BLOCK_TRIGGER];
