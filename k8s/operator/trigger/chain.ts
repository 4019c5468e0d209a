import { parseHash } from '../../../src/rpc/answer-fields.ts';
import { isCatchingUp, parseChainInfo, parsePlacedHeader } from '../../../src/rpc/answers.ts';
import { RPC_CODES, rpcCode, unrefused } from '../../../src/rpc/codes.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';

/** A block as its header tells it. */
export interface BlockInfo {
  /** As explorers show it. */
  readonly hash: string;
  readonly height: number;
  /** Seconds since 1970, as the miner claims. */
  readonly time: number;
  /** An empty text for the first block. */
  readonly previousHash: string;
}

/** A place on a chain: a block up to which all is done. */
export type ChainCursor = Pick<BlockInfo, 'hash' | 'height'>;

/** The end of a node's main chain. */
export interface MainTip extends ChainCursor {
  /** Whether the node is still fetching a chain that is there already. */
  readonly isCatchingUp: boolean;
}

/** A block that the node knows. */
export interface FoundBlock {
  readonly block: BlockInfo;
  /** Whether it is on the node's main chain. */
  readonly isMain: boolean;
}

/** What is asked of a node. Between two calls, its chain may change. */
export interface Chain {
  tip(): Promise<MainTip>;
  /** A block, of the main chain or not; null for one that the node does not know. */
  block(hash: string): Promise<FoundBlock | null>;
  /** Which of some blocks the node knows as ones that are not on the main chain. */
  stale(hashes: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * The blocks of the main chain at these heights, which lie above the cursor's. Null where the chain changed meanwhile, or is not
   * that of the cursor: then they may be blocks of several chains.
   */
  above(cursor: ChainCursor | null, heights: readonly number[]): Promise<readonly BlockInfo[] | null>;
}

/** The chain of a bitcoind, by RPC. Header calls are the same in all of its kinds. */
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
   * That all of them were on the main chain after their hashes were asked for, the highest one asked last, proves that
   * they are of one chain: what takes a lower one away takes the higher ones too.
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
