import { LRUCache } from 'lru-cache';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import { type Disagreement, findSplit, rivals } from './chain-split.ts';
import {
  type ChainInfo,
  type HeaderInfo,
  type Peers,
  parseChainInfo,
  parseHeader,
  parseNetworkInfo,
  parsePeers,
  parseTips,
  type Tip,
} from './node-answers.ts';
import type { NodeAnswers, Observation } from './observation.ts';
import { compareWith, type Reference } from './reference-node.ts';
import { silenceOf } from './silence.ts';

/** How long what is costly to ask is good for while the newest block stays the same: a node lists its branches with its chain locked. */
const DETAILS_MS = 10_000;
/** Branches whose work is looked at. */
const MAX_RIVALS = 8;

interface Details extends Omit<NodeAnswers, 'chain'> {
  readonly bestBlockHash: string;
  readonly askedAt: number;
}

export interface ProbeOptions {
  readonly rpc: Rpc;
  readonly references: readonly Reference[];
  readonly splitDepth: number;
}

/** Asks a node how it is, again and again. */
export class NodeProbe {
  readonly #options: ProbeOptions;
  readonly #headers = new LRUCache<string, HeaderInfo>({ max: 64 });
  #details: Details | null = null;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** @param now milliseconds since 1970 */
  async observe(now: number): Promise<Observation> {
    try {
      return { answers: await this.#ask(now), silence: null };
    } catch (error) {
      this.#details = null;
      return { answers: null, silence: silenceOf(error) };
    }
  }

  async #ask(now: number): Promise<NodeAnswers> {
    const chain = parseChainInfo(await this.#options.rpc.call('getblockchaininfo'));
    const known = this.#details;
    const isFresh = known?.bestBlockHash === chain.bestBlockHash && now - known.askedAt < DETAILS_MS;
    const details = isFresh ? known : await this.#askDetails(chain, now);
    this.#details = details;
    return { ...details, chain };
  }

  async #askDetails(chain: ChainInfo, now: number): Promise<Details> {
    const { rpc } = this.#options;
    const { time } = await this.#header(chain.bestBlockHash);
    const network = parseNetworkInfo(await rpc.call('getnetworkinfo'));
    const tips = parseTips(await rpc.call('getchaintips'));
    return {
      bestBlockHash: chain.bestBlockHash,
      askedAt: now,
      bestBlockTime: time,
      network,
      peers: network.peers ?? (await this.#peers()),
      tips,
      ...(await this.#opinions(chain, tips)),
    };
  }

  async #peers(): Promise<Peers> {
    return parsePeers(await this.#options.rpc.call('getpeerinfo'));
  }

  /** What is said against the node's chain, by itself and by its references. */
  async #opinions(chain: ChainInfo, tips: readonly Tip[]): Promise<Pick<NodeAnswers, 'split' | 'unheard'>> {
    const { rpc, references, splitDepth } = this.#options;
    const ours = { height: chain.blocks, hash: chain.bestBlockHash, chainWork: chain.chainWork };
    const branches = await Promise.all(
      rivals(tips, ours.height, splitDepth)
        .slice(0, MAX_RIVALS)
        .map(async (tip) => ({ ...tip, chainWork: (await this.#header(tip.hash)).chainWork })),
    );
    const found = await Promise.all(
      references.map((reference) => compareWith({ rpc, height: ours.height }, reference, splitDepth)),
    );
    const disagreements = found.filter((comparison): comparison is Disagreement => !!comparison && 'tip' in comparison);
    const unheard = found.filter((comparison) => comparison !== null).filter((comparison) => 'why' in comparison);
    return { split: findSplit({ ours, branches, disagreements, splitDepth }), unheard };
  }

  /** Headers never change. */
  async #header(hash: string): Promise<HeaderInfo> {
    const known = this.#headers.get(hash) ?? parseHeader(await this.#options.rpc.call('getblockheader', hash));
    this.#headers.set(hash, known);
    return known;
  }
}
