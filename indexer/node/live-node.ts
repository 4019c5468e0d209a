import type { BlockHeader } from '../../src/chain/header.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { type Currency, type Network, networkById } from '../../src/chain/networks.ts';
import { errorCode } from '../../src/errors.ts';
import { parseHash } from '../../src/rpc/answer-fields.ts';
import {
  type BranchTip,
  currencyOfClient,
  type HeaderInfo,
  parseChainInfo,
  parseHeader,
  parseTips,
  parseTransactionCount,
  parseUserAgent,
} from '../../src/rpc/answers.ts';
import { nullIfRefused, RPC_CODES, UnreadError } from '../../src/rpc/codes.ts';
import type { NodeAddress } from '../../src/rpc/credentials.ts';
import { AnswerTooLongError } from '../../src/rpc/http.ts';
import { Pace } from '../../src/rpc/pace.ts';
import { Rpc, type RpcOptions } from '../../src/rpc/rpc.ts';
import { headersFrom } from './headers.ts';
import type { Hints } from './hints/hint.ts';
import { openZmqHints } from './hints/zmq-hints.ts';
import { largestOf } from './largest.ts';
import { isMempoolFull, mempool, mempoolTransactions } from './mempool.ts';
import type { FollowedNode, Mempool, MempoolTransaction, NodeInfo, Outpoint, RawBlock } from './node.ts';
import { currencyOfBlocks, followedNetwork, knownNetwork } from './node-network.ts';
import { blockByRest, blockByRpc } from './raw-block.ts';
import { RestClient } from './rest-client.ts';
import { spentOutputsByTxindex } from './spent-outputs-by-txindex.ts';
import { spentOutputsByGetblock, spentOutputsByRest } from './spent-outputs-by-undo.ts';
import { unspentOutputs } from './unspent-outputs.ts';

export type LiveNodeOptions = Pick<RpcOptions, 'pace' | 'onUnavailable'>;

/** A running bitcoind, by RPC; large answers by REST if it is offered. */
export class LiveNode implements FollowedNode {
  readonly hasUndo = false;
  readonly #rpc: Rpc;
  readonly #rest: RestClient;
  readonly #host: string;
  readonly #zmq: readonly string[] | null;
  /** The currency of the requested network; null for any. */
  readonly #wanted: Currency | null;
  /** The currency that its blocks show; null until it is known. */
  #currency: Currency | null = null;
  #network: Network | null = null;

  /**
   * @param zmq where the node publishes hints, such as tcp://127.0.0.1:28332; null to ask the node
   * @param signal ends all requests, with NODE_UNREACHABLE
   */
  constructor(
    address: NodeAddress,
    zmq: readonly string[] | null = null,
    signal?: AbortSignal,
    { pace = new Pace(), onUnavailable }: LiveNodeOptions = {},
  ) {
    this.#rpc = new Rpc(address, { signal, pace, onUnavailable });
    this.#rest = new RestClient(address.url, pace, signal);
    this.#host = address.url.hostname;
    this.#zmq = zmq;
    this.#wanted = address.network === null ? null : networkById(address.network).currency;
  }

  async info(): Promise<NodeInfo> {
    const [chain, network] = await Promise.all([this.#rpc.call('getblockchaininfo'), this.#rpc.call('getnetworkinfo')]);
    const reported = nodeInfoOf(chain, network);
    const info = { ...reported, currency: await this.#currencyOf(reported) };
    this.#network = knownNetwork(info) ?? this.#network;
    return info;
  }

  /** By its blocks, which are reliable; else by its name; else the requested one. */
  async #currencyOf(reported: NodeInfo): Promise<Currency | null> {
    this.#currency ??= await currencyOfBlocks(this.#rpc, reported);
    return this.#currency ?? reported.currency ?? this.#wanted;
  }

  async blockHash(height: number): Promise<string | null> {
    const aboveTip = (error: unknown) => nullIfRefused(error, RPC_CODES.INVALID_PARAMETER);
    const hash = await this.#rpc.call('getblockhash', height).catch(aboveTip);
    return hash === null ? null : parseHash(hash);
  }

  async header(hash: string): Promise<HeaderInfo | null> {
    const unknown = (error: unknown) => nullIfRefused(error, RPC_CODES.INVALID_ADDRESS_OR_KEY);
    const header = await this.#rpc.call('getblockheader', hash, true).catch(unknown);
    return header === null ? null : parseHeader(header);
  }

  headers(height: number, count: number): Promise<BlockHeader[]> {
    return headersFrom(this.#rest, this.#rpc, height, count);
  }

  /** By getchaintxstats. 0 blocks of statistics are allowed at every height since Core 0.16. */
  async transactionCount(hash: string): Promise<number | null> {
    for (const blocks of [0, 1]) {
      const stats = await this.#rpc.callIfAvailable('getchaintxstats', blocks, hash).catch(nullIfRefused);
      if (stats !== null && stats !== undefined) return parseTransactionCount(stats);
    }
    return null;
  }

  /** A damaged block is requested once more: it may have been damaged on its way. */
  async block(hash: string): Promise<RawBlock> {
    const block = await this.#askForBlock(hash);
    return { ...block, source: { ...block.source, again: () => this.#askForBlock(hash) } };
  }

  async spentOutputs(hash: string): Promise<AsyncIterable<readonly SpentOutput[]> | null> {
    const byRest = await spentOutputsByRest(this.#rest, this.#rpc, hash, largestOf(this.#network?.currency));
    if (byRest !== null) return byRest;
    const network = await this.network();
    const byGetblock = network.currency === 'BTC' ? await spentOutputsByGetblock(this.#rpc, hash) : null;
    if (Array.isArray(byGetblock)) return listed(byGetblock);
    const byTxindex = await spentOutputsByTxindex(this.#rpc, await this.block(hash), network);
    if (byTxindex === null && byGetblock !== null) throw byGetblock;
    return byTxindex;
  }

  mempool(): Promise<Mempool | null> {
    return mempool(this.#rpc);
  }

  async mempoolTransactions(txids: readonly string[]): Promise<(MempoolTransaction | null)[]> {
    return mempoolTransactions(this.#rpc, txids, await this.network());
  }

  unspentOutputs(outpoints: readonly Outpoint[]): Promise<(SpentOutput | null)[]> {
    return unspentOutputs(this.#rpc, outpoints);
  }

  /** Empty if the node does not allow the call. */
  async chainTips(): Promise<BranchTip[]> {
    return parseTips((await this.#rpc.callIfAvailable('getchaintips')) ?? []);
  }

  isMempoolFull(): Promise<boolean | null> {
    return isMempoolFull(this.#rpc);
  }

  async openHints(): Promise<Hints | null> {
    const network = await this.network();
    return openZmqHints({ rpc: this.#rpc, rpcHost: this.#host, network, addresses: this.#zmq });
  }

  async #askForBlock(hash: string): Promise<RawBlock> {
    const { block } = largestOf(this.#network?.currency);
    const byRest = await blockByRest(this.#rest, hash, block).catch((error: unknown) => {
      // Nodes say more exactly by RPC what is wrong.
      if (isVague(error)) return null;
      throw error;
    });
    return byRest ?? blockByRpc(this.#rpc, hash, block);
  }

  /** The network that the node follows, with the magic of its block files. */
  async network(): Promise<Network> {
    if (this.#network !== null) return this.#network;
    const info = await this.info();
    return this.#network ?? followedNetwork(info);
  }
}

function nodeInfoOf(chainInfo: unknown, networkInfo: unknown): NodeInfo {
  const chain = parseChainInfo(chainInfo);
  const version = parseUserAgent(networkInfo);
  return {
    currency: currencyOfClient(version),
    chain: chain.name,
    version,
    signetChallenge: chain.signetChallenge,
    tip: { height: chain.blocks, hash: chain.bestBlockHash },
    headers: chain.headers,
    lowestBlock: chain.pruneHeight ?? 0,
  };
}

/** Core before 29 says by REST "not found" also of a block that it has not downloaded. */
function isVague(error: unknown): boolean {
  if (error instanceof AnswerTooLongError) return false;
  return error instanceof UnreadError || errorCode(error) === 'NODE_REFUSED';
}

async function* listed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}
