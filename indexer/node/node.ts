import type { BlockHeader } from '../../src/chain/header.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import type { Currency } from '../../src/chain/networks.ts';
import type { BranchTip, HeaderInfo } from '../../src/rpc/answers.ts';
import type { BlockRef } from '../../src/store/state.ts';
import type { Hints } from './hints/hint.ts';

/** A node's description of itself. */
export interface NodeInfo {
  /** Null if it is not known. */
  readonly currency: Currency | null;
  /** `chain` of getblockchaininfo: main, test, testnet4, signet, regtest... */
  readonly chain: string;
  /** The node's user agent, such as /Satoshi:29.0.0/. */
  readonly version: string;
  /** The script that blocks of its signet satisfy (BIP 325), if the node reports one [null]. */
  readonly signetChallenge?: Uint8Array | null;
  readonly tip: BlockRef;
  /** The height of the best header; above the tip while the node syncs. */
  readonly headers: number;
  /** The lowest height whose block the node still has; 0 if it prunes nothing. */
  readonly lowestBlock: number;
  /** Why it lacks the blocks below that, if it did not prune them: a text that says what helps [null]. */
  readonly damage?: string | null;
}

/** A block's bytes, in chunks of any length as they arrive: a block may be larger than memory. */
export interface RawBlock {
  /** In bytes. */
  readonly size: number;
  /** Can be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly source: BlockSource;
}

/** Where a block comes from. */
export interface BlockSource {
  /** The node at an address, or a file. */
  readonly name: string;
  /** What helps if its blocks are damaged: a sentence. */
  readonly cure: string;
  /** Reads the block again, from another place if there is one; null if that would not help. */
  readonly again: (() => Promise<RawBlock>) | null;
}

/**
 * Where blocks come from. Methods reject with a `BitqlError`: NODE_UNREACHABLE, NODE_UNAUTHORIZED, NODE_WARMING_UP,
 * NODE_PRUNED, NODE_LACKS_BLOCK, NODE_REFUSED or BLOCK_DAMAGED.
 */
export interface ChainNode {
  /**
   * Whether it has the spent outputs of blocks at hand, so that reading them is cheaper than looking them up in a
   * store.
   */
  readonly hasUndo: boolean;

  info(): Promise<NodeInfo>;

  /** The main chain's block at a height; null above the tip. */
  blockHash(height: number): Promise<string | null>;

  /** Null for a block that the node does not know. */
  header(hash: string): Promise<HeaderInfo | null>;

  /**
   * At most `count` headers of the main chain from a height on; fewer at the tip, none above it. Each names the one
   * before it, unless the chain was reorganised meanwhile.
   */
  headers(height: number, count: number): Promise<BlockHeader[]>;

  /**
   * Number of transactions of the main chain up to and including a block; null if this node does not know it, and for a
   * block that is not on its main chain.
   */
  transactionCount(hash: string): Promise<number | null>;

  /** The raw block. A block that is not read to its end must be closed by the iterator's `return`, as loops do. */
  block(hash: string): Promise<RawBlock>;

  /**
   * The outputs that each transaction of a block spends, in block and input order (the coinbase's list is empty), read
   * as they are asked for; null if this node does not know them.
   */
  spentOutputs(hash: string): Promise<AsyncIterable<readonly SpentOutput[]> | null>;
}

/** The whole mempool at one moment. */
export interface Mempool {
  /** The hash of the node's best block, which did not change during the requests. */
  readonly tip: string;
  /** In display-order hex, unordered. */
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

/** A running node, which also has a mempool. Methods reject as those of `ChainNode` do. */
export interface FollowedNode extends ChainNode {
  /** Null if the best block changed at each attempt, and while a starting node still loads its mempool. */
  mempool(): Promise<Mempool | null>;

  /**
   * Each transaction, in order; null for one that is not in the mempool now. All are kept in memory, so request some at
   * a time.
   */
  mempoolTransactions(txids: readonly string[]): Promise<(MempoolTransaction | null)[]>;

  /**
   * Confirmed outputs that no block spends, in order; null if there is none. An output that a transaction of the
   * mempool spends is found, unless it is itself unconfirmed.
   */
  unspentOutputs(outpoints: readonly Outpoint[]): Promise<(SpentOutput | null)[]>;

  /** All branches that the node knows, including the main chain. */
  chainTips(): Promise<BranchTip[]>;

  /**
   * Whether the mempool is so full that the node accepts only transactions above its minimum fee. Then a transaction
   * that leaves may have been evicted. Null if the node does not report it.
   */
  isMempoolFull(): Promise<boolean | null>;

  /** Hints that the node publishes; null if it publishes nothing (no ZMQ). */
  openHints(): Promise<Hints | null>;
}
