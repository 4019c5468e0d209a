import { parseHash } from '../../../src/rpc/answer-fields.ts';
import { isCatchingUp, parseChainInfo, parsePlacedHeader } from '../../../src/rpc/answers.ts';
import { RPC_CODES, rpcCode, unrefused } from '../../../src/rpc/codes.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';

/** A block, from its header. */
export interface BlockInfo {
  /** In the byte order of explorers. */
  readonly hash: string;
  readonly height: number;
  /** Unix seconds, as claimed by the miner. */
  readonly time: number;
  /** An empty string for the first block. */
  readonly previousHash: string;
}

/** A position on a chain: all blocks up to this one are done. */
export type ChainCursor = Pick<BlockInfo, 'hash' | 'height'>;

/** The end of a node's main chain. */
export interface MainTip extends ChainCursor {
  /** Whether the node is still downloading the existing chain. */
  readonly isCatchingUp: boolean;
}

/** A block that the node knows. */
interface FoundBlock {
  readonly block: BlockInfo;
  /** Whether it is on the node's main chain. */
  readonly isMain: boolean;
}

/** Calls to a node. Its chain may change between two calls. */
export interface Chain {
  tip(): Promise<MainTip>;
  /** A block, on the main chain or not; null if the node does not know it. */
  block(hash: string): Promise<FoundBlock | null>;
  /** Those of some blocks that the node knows but that are not on its main chain. */
  stale(hashes: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * The blocks of the main chain at these heights, which must be above the cursor's. Null if the chain changed meanwhile or does
   * not contain the cursor: they may be blocks of several chains.
   */
  above(cursor: ChainCursor | null, heights: readonly number[]): Promise<readonly BlockInfo[] | null>;
}

/** The chain of a bitcoind, by RPC. All implementations have the same header calls. */
export class NodeChain implements Chain {
  readonly #rpc: Pick<Rpc, 'calls'>;

  constructor(rpc: Pick<Rpc, 'calls'>) {
    this.#rpc = rpc;
  }

  async tip(): Promise<MainTip> {
    const [answer] = await this.#rpc.calls('getblockchaininfo', [[]]);
    const chain = parseChainInfo(unrefused(answer));
    return { hash: chain.bestBlockHash, height: chain.blocks, isCatchingUp: isCatchingUp(chain) };
  }

  async block(hash: string): Promise<FoundBlock | null> {
    const [answer] = await this.#rpc.calls('getblockheader', [[hash]]);
    return rpcCode(answer) === RPC_CODES.INVALID_ADDRESS_OR_KEY ? null : headerOf(answer);
  }

  async stale(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    const answers = await this.#rpc.calls(
      'getblockheader',
      hashes.map((hash) => [hash]),
    );
    const known = answers.filter((answer) => rpcCode(answer) !== RPC_CODES.INVALID_ADDRESS_OR_KEY).map(headerOf);
    return new Set(known.filter(({ isMain }) => !isMain).map(({ block }) => block.hash));
  }

  /**
   * All blocks were on the main chain after their hashes had been requested, and the highest was checked last. So they belong to
   * one chain: a reorganisation that removes a lower block removes the higher ones too.
   */
  async above(cursor: ChainCursor | null, heights: readonly number[]): Promise<readonly BlockInfo[] | null> {
    const hashes = await this.#rpc.calls(
      'getblockhash',
      heights.map((height) => [height]),
    );
    if (hashes.some((answer) => rpcCode(answer) === RPC_CODES.INVALID_PARAMETER)) return null;
    const asked = [...(cursor === null ? [] : [cursor.hash]), ...hashes.map(hashOf)];
    const answers = await this.#rpc.calls(
      'getblockheader',
      asked.map((hash) => [hash]),
    );
    if (answers.some((answer) => rpcCode(answer) === RPC_CODES.INVALID_ADDRESS_OR_KEY)) return null;
    const headers = answers.map(headerOf);
    if (headers.some(({ isMain }) => !isMain)) return null;
    return headers.slice(cursor === null ? 0 : 1).map(({ block }) => block);
  }
}

function headerOf(answer: unknown): FoundBlock {
  const { isMain, previousHash, ...header } = parsePlacedHeader(unrefused(answer));
  return { block: { ...header, previousHash: previousHash ?? '' }, isMain };
}

function hashOf(answer: unknown): string {
  return parseHash(unrefused(answer));
}
