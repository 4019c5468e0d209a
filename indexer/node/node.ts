import type { BlockHeader } from '../../src/chain/header.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import type { Currency } from '../../src/chain/networks.ts';
import type { BranchTip, HeaderInfo } from '../../src/rpc/answers.ts';
import type { BlockRef } from '../../src/store/state.ts';
import type { Hints } from './hints/hint.ts';

/** What a node says of itself. */
export interface NodeInfo {
  /** Null where it cannot be told. */
  readonly currency: Currency | null;
  /** `chain` of getblockchaininfo: main, test, testnet4, signet, regtest... */
  readonly chain: string;
  /** The node's user agent, such as /Satoshi:29.0.0/. */
  readonly version: string;
  /** The script that blocks of its signet satisfy (BIP 325), where it tells that of one [null]. */
  readonly signetChallenge?: Uint8Array | null;
  readonly tip: BlockRef;
  /** The height of the best header; above the tip while the node syncs. */
  readonly headers: number;
  /** The lowest height whose block the node still has; 0 if it prunes nothing. */
  readonly lowestBlock: number;
  /** Why it lacks the blocks below that, where it did not prune them: a text that says what helps [null]. */
  readonly damage?: string | null;
}

/** A block's bytes, in chunks of any length as they come: a block may be larger than memory. */
export interface RawBlock {
  /** In bytes. */
  readonly size: number;
  /** Can be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly source: BlockSource;
}

/** Where a block comes from. */
export interface BlockSource {
  /** What gives it: a node at an address, or a file. */
  readonly name: string;
  /** What helps where it gives blocks damaged: a sentence. */
  readonly cure: string;
  /** Gives the block once more, from another place where there is one; null where that would be in vain. */
  readonly again: (() => Promise<RawBlock>) | null;
}

/** A block's place in the chain, as the node knows it. */
/**
 * Where blocks come from. Methods reject with a `BitqlError`: NODE_UNREACHABLE, NODE_UNAUTHORIZED, NODE_WARMING_UP,
 * NODE_PRUNED, NODE_LACKS_BLOCK, NODE_REFUSED or BLOCK_DAMAGED.
 */
export interface ChainNode {
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

/** The whole mempool at some moment. */
export interface Mempool {
  /** The hash of the node's best block, which did not change while it was asked. */
  readonly tip: string;
  /** In display-order hex, in no order. */
  readonly txids: readonly string[];
}

export interface MempoolTransaction {
  /** In display-order hex. */
  readonly txid: string;
  /** As the node serializes it, witnesses included. */
  readonly raw: Uint8Array;
  /** When it entered this node's mempool, in Unix seconds. */
  readonly time: number;
}

export interface Outpoint {
  /** In display-order hex. */
  readonly txid: string;
  readonly index: number;
}

/** A running node: beyond its blocks it tells what waits for one. Methods reject as those of `ChainNode` do. */
export interface FollowedNode extends ChainNode {
  /** Null where the best block changed again and again while it was asked, and while a node that starts still reads it. */
  mempool(): Promise<Mempool | null>;

  /** Each transaction, in order; null for one that is not in the mempool now. All are in memory: ask for some at a time. */
  mempoolTransactions(txids: readonly string[]): Promise<(MempoolTransaction | null)[]>;

  /**
   * Confirmed outputs that no block spends, in order: null where there is none. What a transaction of the mempool spends
   * is found, unless it is itself unconfirmed.
   */
  unspentOutputs(outpoints: readonly Outpoint[]): Promise<(SpentOutput | null)[]>;

  /** All branches that it knows of, the main chain among them. */
  chainTips(): Promise<BranchTip[]>;

  /**
   * Whether the mempool is so full that the node takes only what pays more than the minimum: then what leaves it may have
   * been evicted. Null where the node does not tell.
   */
  isMempoolFull(): Promise<boolean | null>;

  /** What the node says unasked; null where it publishes nothing (no ZMQ). */
  openHints(): Promise<Hints | null>;
}
