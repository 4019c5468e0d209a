import { LRUCache } from 'lru-cache';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import { type Disagreement, findSplit, rivals } from './chain-split.ts';
import {
  type ChainInfo,
  type HeaderInfo,
  parseChainInfo,
  parseHeader,
  parseNetworkInfo,
  parsePeers,
  parseTips,
  type Tip,
} from './node-answers.ts';
import type { NodeAnswers, Observation } from './observation.ts';
import { type Comparison, compareWith, type Reference, type Unheard } from './reference-node.ts';
import { silenceOf } from './silence.ts';

/** How long what is costly to ask is good for while the newest block stays the same: a node lists its branches with its chain locked. */
const DETAILS_MS = 10_000;
/** For how long a reference that did not answer is left alone: nobody is to wait for it again and again. */
const SILENT_MS = 60_000;
/** Branches whose work is looked at. */
const MAX_RIVALS = 8;

interface Details extends Omit<NodeAnswers, 'chain'> {
  readonly bestBlockHash: string;
  readonly askedAt: number;
}

interface Asked extends ProbeOptions {
  /** What the calls end at. */
  readonly signal: AbortSignal;
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
  /** References that did not answer, and until when they are not asked. */
  readonly #silent = new Map<string, { readonly unheard: Unheard; readonly until: number }>();
  #details: Details | null = null;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /**
   * @param now milliseconds since 1970
   * @param signal ends it; a reason that tells of a node's silence is told as that
   * @throws any other reason of the signal
   */
  async observe(now: number, signal: AbortSignal): Promise<Observation> {
    try {
      return { answers: await this.#ask(now, askedUntil(this.#options, signal)), silence: null };
    } catch (error) {
      this.#details = null;
      return { answers: null, silence: silenceOf(error) };
    }
  }

  async #ask(now: number, asked: Asked): Promise<NodeAnswers> {
    const chain = parseChainInfo(await asked.rpc.call('getblockchaininfo'));
    const known = this.#details;
    const isFresh = known?.bestBlockHash === chain.bestBlockHash && now - known.askedAt < DETAILS_MS;
    const details = isFresh ? known : await this.#askDetails(chain, now, asked);
    this.#details = details;
    return { ...details, chain };
  }

  async #askDetails(chain: ChainInfo, now: number, asked: Asked): Promise<Details> {
    const { rpc } = asked;
    const { time } = await this.#header(chain.bestBlockHash, rpc);
    const network = parseNetworkInfo(await rpc.call('getnetworkinfo'));
    const tips = parseTips(await rpc.call('getchaintips'));
    return {
      bestBlockHash: chain.bestBlockHash,
      askedAt: now,
      bestBlockTime: time,
      network,
      peers: network.peers ?? parsePeers(await rpc.call('getpeerinfo')),
      tips,
      ...(await this.#opinions(chain, tips, { ...asked, now })),
    };
  }

  /** What is said against the node's chain, by itself and by its references. */
  async #opinions(
    chain: ChainInfo,
    tips: readonly Tip[],
    { rpc, references, splitDepth, now, signal }: Asked & { readonly now: number },
  ): Promise<Pick<NodeAnswers, 'split' | 'unheard'>> {
    const ours = { height: chain.blocks, hash: chain.bestBlockHash, chainWork: chain.chainWork };
    const branches = await Promise.all(
      rivals(tips, ours.height, splitDepth)
        .slice(0, MAX_RIVALS)
        .map(async (tip) => ({ ...tip, chainWork: (await this.#header(tip.hash, rpc)).chainWork })),
    );
    const found = await Promise.all(
      references.map((reference) =>
        this.#compare(reference, now, async () => {
          const comparison = await compareWith({ rpc, height: ours.height }, reference, splitDepth);
          // What ended the probe is nothing that a reference did.
          signal.throwIfAborted();
          return comparison;
        }),
      ),
    );
    const disagreements = found.filter((comparison): comparison is Disagreement => !!comparison && 'tip' in comparison);
    const unheard = found.filter((comparison) => comparison !== null).filter((comparison) => 'why' in comparison);
    return { split: findSplit({ ours, branches, disagreements, splitDepth }), unheard };
  }

  async #compare({ name }: Reference, now: number, compare: () => Promise<Comparison>): Promise<Comparison> {
    const silent = this.#silent.get(name);
    if (silent !== undefined && now < silent.until) return silent.unheard;
    const found = await compare();
    if (found !== null && 'isSilent' in found && found.isSilent) {
      this.#silent.set(name, { unheard: found, until: now + SILENT_MS });
    }
    return found;
  }

  /** Headers never change. */
  async #header(hash: string, rpc: Rpc): Promise<HeaderInfo> {
    const known = this.#headers.get(hash) ?? parseHeader(await rpc.call('getblockheader', hash));
    this.#headers.set(hash, known);
    return known;
  }
}

/** The same nodes, whose calls end at the signal. */
function askedUntil({ rpc, references, splitDepth }: ProbeOptions, signal: AbortSignal): Asked {
  const others = references.map((reference) => ({ ...reference, rpc: reference.rpc?.until(signal) ?? null }));
  return { rpc: rpc.until(signal), references: others, splitDepth, signal };
}
