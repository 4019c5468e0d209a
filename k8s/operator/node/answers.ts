import { AnswerFields, listOf, parseHash } from '../../../src/rpc/answer-fields.ts';

/** What nodes answer, checked once. Fields that not every implementation has are null where they are missing. */

export interface ChainInfo {
  readonly name: string;
  readonly blocks: number;
  readonly headers: number;
  readonly bestBlockHash: string;
  /** Unix seconds. */
  readonly medianTime: number;
  /** Hexadecimal, 64 digits. */
  readonly chainWork: string;
  readonly initialBlockDownload: boolean | null;
  readonly progressPermille: number;
  readonly pruned: boolean;
  readonly pruneHeight: number | null;
  /** Bytes of blocks, decimal. */
  readonly sizeOnDisk: string | null;
}

export interface NetworkInfo {
  readonly version: string;
  readonly userAgent: string;
  readonly protocolVersion: number;
  readonly peers: Peers | null;
}

export interface Peers {
  readonly inbound: number;
  readonly outbound: number;
}

/** The end of a branch, as getchaintips tells it. */
export interface BranchTip {
  readonly hash: string;
  readonly height: number;
  readonly branchLength: number;
  readonly status: string;
}

export interface HeaderInfo {
  /** Unix seconds. */
  readonly time: number;
  /** Hexadecimal, 64 digits. */
  readonly chainWork: string;
}

const WORK_DIGITS = 64;
const MAX_INT = 2 ** 31 - 1;
/** What is kept of the branches of a node: an old node has many stale ones, far below its newest block. */
const MAX_TIPS = 100;

export function parseChainInfo(answer: unknown): ChainInfo {
  const chain = AnswerFields.of(answer, 'getblockchaininfo');
  const blocks = chain.height('blocks');
  const isDownloading = chain.raw('initialblockdownload');
  return {
    name: chain.text('chain').slice(0, 32),
    blocks,
    // A node that has no header at all says -1.
    headers: chain.raw('headers') === -1 ? blocks : Math.max(chain.height('headers'), blocks),
    bestBlockHash: chain.hash('bestblockhash'),
    medianTime: chain.time('mediantime'),
    chainWork: work(chain),
    initialBlockDownload: typeof isDownloading === 'boolean' ? isDownloading : null,
    progressPermille: permille(chain.raw('verificationprogress')),
    pruned: chain.raw('pruned') === true,
    pruneHeight: chain.has('pruneheight') ? chain.height('pruneheight') : null,
    sizeOnDisk: chain.has('size_on_disk') ? String(chain.count('size_on_disk')) : null,
  };
}

export function parseNetworkInfo(answer: unknown): NetworkInfo {
  const network = AnswerFields.of(answer, 'getnetworkinfo');
  const userAgent = network.text('subversion');
  return {
    // The number of it is written differently by each implementation; what it calls itself has it in words.
    version: (/:\s*([0-9][^/;( ]*)/.exec(userAgent)?.[1] ?? String(network.raw('version'))).slice(0, 64),
    userAgent,
    protocolVersion: network.count('protocolversion', MAX_INT),
    peers: network.has('connections_in')
      ? { inbound: network.count('connections_in', MAX_INT), outbound: network.count('connections_out', MAX_INT) }
      : null,
  };
}

/** By `getpeerinfo`, where `getnetworkinfo` does not tell them apart. */
export function parsePeers(answer: unknown): Peers {
  const peers = listOf(answer, 'getpeerinfo');
  const inbound = peers.filter((peer) => peer.raw('inbound') === true).length;
  return { inbound, outbound: peers.length - inbound };
}

/** The highest ones, highest first. */
export function parseTips(answer: unknown): BranchTip[] {
  const tips = listOf(answer, 'getchaintips').map((tip) => ({
    hash: tip.hash('hash'),
    height: tip.height('height'),
    branchLength: tip.height('branchlen'),
    status: tip.text('status').slice(0, 32),
  }));
  return tips.sort((a, b) => b.height - a.height).slice(0, MAX_TIPS);
}

export function parseHeader(answer: unknown): HeaderInfo {
  const header = AnswerFields.of(answer, 'getblockheader');
  return { time: header.time('time'), chainWork: work(header) };
}

export function hash(answer: unknown): string {
  return parseHash(answer, 'getblockhash');
}

function work(from: AnswerFields): string {
  return from.work('chainwork').toString(16).padStart(WORK_DIGITS, '0');
}

function permille(progress: unknown): number {
  const value = typeof progress === 'number' ? Math.floor(progress * 1_000) : 0;
  return Math.min(Math.max(value, 0), 1_000);
}
