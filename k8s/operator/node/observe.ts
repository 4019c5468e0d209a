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

/** The answers of a node. */
export interface NodeAnswers {
  readonly chain: ChainDetails;
  /** The time in the header of its newest block, in Unix seconds. */
  readonly bestBlockTime: number;
  readonly network: NetworkInfo;
  readonly peers: Peers;
  /** The highest ones, highest first. */
  readonly tips: readonly BranchTip[];
  readonly split: Split | null;
  /** References that could not be compared with, by name. */
  readonly unheard: readonly { readonly name: string; readonly why: string }[];
}

/** The answers of a node, or why there are none. */
export type NodeObservation =
  | { readonly answers: NodeAnswers; readonly silence: null }
  | { readonly answers: null; readonly silence: NodeSilence };

/** How long expensive answers stay valid while the newest block is the same: a node locks its chain to list its branches. */
const DETAILS_MS = 10_000;
/** The maximum number of branches whose work is compared. */
const MAX_RIVALS = 8;

interface Details extends Omit<NodeAnswers, 'chain'> {
  readonly bestBlockHash: string;
  readonly askedAt: number;
}

interface ProbeOptions {
  readonly references: readonly Reference[];
  readonly splitDepth: number;
  /** Silent references of all nodes, by URL, with the reason why they could not be compared with. */
  readonly silentReferences: Silences<string>;
}

/** How a node is asked this time. */
interface ProbeContext {
  readonly ask: AskNode;
  /** Makes the calls to its references. */
  readonly outside: Outside;
  readonly steadyNow: () => number;
  /** Ends the probe. If its reason is a silence of the node, that is the result. */
  readonly signal: AbortSignal;
}

/** Asks a node for its state repeatedly. */
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

  /** What contradicts the node's chain: its own branches and its references. */
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
    // If the probe was ended, that is no failure of the reference.
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
