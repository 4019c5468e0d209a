import { LRUCache } from 'lru-cache';
import {
  type BranchTip,
  type ChainDetails,
  type HeaderInfo,
  type NetworkInfo,
  type Peers,
  parseChainDetails,
  parseHeader,
  parseNetworkInfo,
  parsePeers,
  parseTips,
} from '../../../src/rpc/answers.ts';
import type { Outside } from '../runtime/reconciler.ts';
import type { Silences } from '../runtime/silences.ts';
import { type Disagreement, findSplit, highest, rivals, type Split } from './chain-split.ts';
import { compareWith, type Reference, type ReferenceComparison } from './references.ts';
import { type AskNode, type NodeSilence, silenceOf, unlessAtRest } from './silence.ts';

/** What a node said. */
export interface NodeAnswers {
  readonly chain: ChainDetails;
  /** Of its newest block, in Unix seconds. */
  readonly bestBlockTime: number;
  readonly network: NetworkInfo;
  readonly peers: Peers;
  /** The highest ones, highest first. */
  readonly tips: readonly BranchTip[];
  readonly split: Split | null;
  /** Why references could not be compared with, by their names. */
  readonly unheard: readonly { readonly name: string; readonly why: string }[];
}

/** What a node said, or why it says nothing. */
export type NodeObservation =
  | { readonly answers: NodeAnswers; readonly silence: null }
  | { readonly answers: null; readonly silence: NodeSilence };

/** How long what is costly to ask is good for while the newest block stays the same: a node lists its branches with its chain locked. */
const DETAILS_MS = 10_000;
/** Branches whose work is looked at. */
const MAX_RIVALS = 8;

interface Details extends Omit<NodeAnswers, 'chain'> {
  readonly bestBlockHash: string;
  readonly askedAt: number;
}

export interface ProbeOptions {
  readonly references: readonly Reference[];
  readonly splitDepth: number;
  /** References of all nodes that did not answer, by their URLs, and why they could not be compared with. */
  readonly silentReferences: Silences<string>;
}

/** How a node is asked this time. */
export interface ProbeContext {
  readonly ask: AskNode;
  /** By which its references are asked. */
  readonly outside: Outside;
  readonly steadyNow: () => number;
  /** Ends it. A reason that tells of a node's silence is told as that. */
  readonly signal: AbortSignal;
}

/** Asks a node how it is, again and again. */
export class NodeProbe {
  readonly #options: ProbeOptions;
  readonly #headers = new LRUCache<string, HeaderInfo>({ max: 64 });
  #details: Details | null = null;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /** @throws any other reason of the signal */
  async observe(asked: ProbeContext): Promise<NodeObservation> {
    try {
      return { answers: await this.#ask(asked), silence: null };
    } catch (error) {
      this.#details = null;
      return { answers: null, silence: silenceOf(error) };
    }
  }

  async #ask(asked: ProbeContext): Promise<NodeAnswers> {
    const chain = parseChainDetails(await asked.ask('getblockchaininfo'));
    const known = this.#details;
    const isFresh = known?.bestBlockHash === chain.bestBlockHash && asked.steadyNow() - known.askedAt < DETAILS_MS;
    const details = isFresh ? known : await this.#askDetails(chain, asked);
    this.#details = details;
    return { ...details, chain };
  }

  async #askDetails(chain: ChainDetails, asked: ProbeContext): Promise<Details> {
    const { ask } = asked;
    const { time } = await this.#header(chain.bestBlockHash, ask);
    const network = parseNetworkInfo(await ask('getnetworkinfo'));
    const tips = highest(parseTips(await ask('getchaintips')));
    return {
      bestBlockHash: chain.bestBlockHash,
      askedAt: asked.steadyNow(),
      bestBlockTime: time,
      network,
      peers: network.peers ?? parsePeers(await ask('getpeerinfo')),
      tips,
      ...(await this.#opinions(chain, tips, asked)),
    };
  }

  /** What is said against the node's chain, by itself and by its references. */
  async #opinions(
    chain: ChainDetails,
    tips: readonly BranchTip[],
    asked: ProbeContext,
  ): Promise<Pick<NodeAnswers, 'split' | 'unheard'>> {
    const { references, splitDepth } = this.#options;
    const ours = { height: chain.blocks, hash: chain.bestBlockHash, chainWork: chain.chainWork };
    const branches: (BranchTip & { readonly chainWork: bigint })[] = [];
    for (const tip of rivals(tips, ours.height, splitDepth).slice(0, MAX_RIVALS)) {
      const { chainWork } = await this.#header(tip.hash, asked.ask);
      branches.push({ ...tip, chainWork });
    }
    const found = await Promise.all(references.map((reference) => this.#compare(reference, ours.height, asked)));
    const disagreements = found.filter((comparison): comparison is Disagreement => !!comparison && 'tip' in comparison);
    const unheard = found.filter((comparison) => comparison !== null).filter((comparison) => 'why' in comparison);
    return { split: findSplit({ ours, branches, disagreements, splitDepth }), unheard };
  }

  async #compare(reference: Reference, height: number, { ask, ...asked }: ProbeContext): Promise<ReferenceComparison> {
    const { silentReferences: silences, splitDepth } = this.#options;
    const { name, url } = reference;
    const { signal, steadyNow } = asked;
    const silent = silences.rest(url, steadyNow());
    if (silent !== null) return { name, why: silent.what, isSilent: true };
    const asking = { signal, outside: unlessAtRest(asked.outside, { silences, url, steadyNow, end: signal }) };
    const found = await compareWith({ ask, height }, reference, splitDepth, asking);
    // What ended the probe is nothing that a reference did.
    signal.throwIfAborted();
    if (found !== null && 'isSilent' in found && found.isSilent) silences.note(url, found.why, steadyNow());
    else silences.forget(url);
    return found;
  }

  /** Headers never change. */
  async #header(hash: string, ask: AskNode): Promise<HeaderInfo> {
    const known = this.#headers.get(hash) ?? parseHeader(await ask('getblockheader', hash));
    this.#headers.set(hash, known);
    return known;
  }
}
