import type { BlockHeader } from '../../src/chain/header.ts';
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

/** A block's bytes, in chunks of any length as they come: a block may be larger than memory. */
export interface RawBlock {
  /** In bytes. */
  readonly size: number;
  /** Can be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
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
  /** Whether it has what blocks spend at hand: reading that is cheaper than to look the transactions up in a store. */
  readonly hasUndo: boolean;

  info(): Promise<NodeInfo>;

  /** The main chain's block at a height; null above the tip. */
  blockHash(height: number): Promise<string | null>;

  /** Null for a block that the node does not know. */
  header(hash: string): Promise<HeaderInfo | null>;

  /**
   * Headers of the main chain from a height on, `count` of them at the most; fewer at the tip, none above it. Each names
   * the one before it, unless the chain was reorganised meanwhile.
   */
  headers(height: number, count: number): Promise<BlockHeader[]>;

  /**
   * Transactions of the main chain up to a block, its own included; null where this node cannot tell, and for a block
   * that is not on its main chain.
   */
  transactionCount(hash: string): Promise<number | null>;

  /** The raw block. A block that is not read to its end must be closed by the iterator's `return`, as loops do. */
  block(hash: string): Promise<RawBlock>;

  /**
   * The outputs that each transaction of a block spends, in block and input order (the coinbase's list is empty), read
   * as they are asked for; null where this node cannot say.
   */
  spentOutputs(hash: string): Promise<AsyncIterable<readonly SpentOutput[]> | null>;
}
