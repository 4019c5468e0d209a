import type { Currency } from '../../src/chain/networks.ts';
import type { SpentOutput } from '../../src/chain/undo.ts';
import type { BlockRef } from '../../src/store/state.ts';

/** What a node says of itself. */
export interface NodeInfo {
  readonly currency: Currency;
  /** `chain` of getblockchaininfo: main, test, testnet4, signet, regtest... */
  readonly chain: string;
  /** The node's user agent, such as /Satoshi:29.0.0/. */
  readonly version: string;
  readonly tip: BlockRef;
  /** The height of the best header; above the tip while the node syncs. */
  readonly headers: number;
  /** The lowest height whose block the node still has; 0 if it prunes nothing. */
  readonly lowestBlock: number;
}

/** A block's place in the chain, as the node knows it. */
export interface HeaderInfo {
  /** Null for the first block of the chain. */
  readonly previousHash: string | null;
  /** The header's time in seconds. */
  readonly time: number;
  /** Total work of the chain up to this block. */
  readonly chainWork: bigint;
}

/**
 * Where blocks come from. Methods reject with a `BitqlError`: NODE_UNREACHABLE, NODE_UNAUTHORIZED, NODE_WARMING_UP,
 * NODE_PRUNED or NODE_REFUSED.
 */
export interface BitcoinNode {
  info(): Promise<NodeInfo>;

  /** The main chain's block at a height; null above the tip. */
  blockHash(height: number): Promise<string | null>;

  /** Null for a block that the node does not know. */
  header(hash: string): Promise<HeaderInfo | null>;

  /** The raw block. */
  block(hash: string): Promise<Uint8Array>;

  /**
   * The outputs that each transaction of a block spends, in block and input order (the coinbase's list is empty);
   * null where this node cannot say.
   */
  spentOutputs(hash: string): Promise<SpentOutput[][] | null>;
}
