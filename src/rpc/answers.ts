import { AnswerFields, listOf } from './answer-fields.ts';
import { versionOfClient } from './user-agent.ts';

/**
 * What nodes answer, checked once. What not every implementation has is null where it is missing. Hashes are hexadecimal, in display
 * order; times are Unix seconds.
 * @throws all functions: NODE_REFUSED that names call and field
 */

export interface ChainInfo {
  /** main, test, testnet4, signet, regtest... */
  readonly name: string;
  /** The height of the newest block. */
  readonly blocks: number;
  readonly bestBlockHash: string;
  /** The height of the best header; above the newest block while the node syncs. */
  readonly headers: number;
  readonly initialBlockDownload: boolean | null;
  readonly pruned: boolean;
  /** The lowest height whose block is there; null where nothing was pruned. */
  readonly pruneHeight: number | null;
  /** The script that blocks of its signet satisfy (BIP 325). */
  readonly signetChallenge: Uint8Array | null;
}

export interface ChainDetails extends ChainInfo {
  readonly medianTime: number;
  readonly chainWork: bigint;
  readonly progressPermille: number;
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

/** The end of a branch that the node knows of. */
export interface BranchTip {
  readonly height: number;
  readonly hash: string;
  /** Blocks from the main chain to it; 0 for the main chain's own tip. */
  readonly branchLength: number;
  /** 'active', 'valid-fork', 'valid-headers', 'headers-only', 'invalid', or another word of this node. */
  readonly status: string;
}

export interface HeaderInfo {
  /** Null for the first block of the chain. */
  readonly previousHash: string | null;
  readonly time: number;
  /** Expected hashes of the chain up to this block. */
  readonly chainWork: bigint;
}

/** A header with its place in the chain. */
export interface PlacedHeader {
  readonly hash: string;
  readonly height: number;
  readonly time: number;
  readonly previousHash: string | null;
  readonly isMain: boolean;
}

const MAX_INT = 2 ** 31 - 1;
/** Words of the node's own are cut off behind so many characters. */
const MAX_WORD = 32;
const MAX_VERSION = 64;

export function parseChainInfo(answer: unknown): ChainInfo {
  return chainIn(AnswerFields.of(answer, 'getblockchaininfo'));
}

/** Whatever a bitcoind says there: other nodes may have less of it. */
export function parseChainDetails(answer: unknown): ChainDetails {
  const chain = AnswerFields.of(answer, 'getblockchaininfo');
  return {
    ...chainIn(chain),
    medianTime: chain.time('mediantime'),
    chainWork: chain.work('chainwork'),
    progressPermille: permille(chain.raw('verificationprogress')),
    sizeOnDisk: chain.has('size_on_disk') ? String(chain.count('size_on_disk')) : null,
  };
}

/** Whether the node fetches a chain that is there already. On regtest it says so until a block comes, which may be never. */
export function isCatchingUp({ name, initialBlockDownload }: ChainInfo): boolean {
  return initialBlockDownload === true && name !== 'regtest';
}

function chainIn(chain: AnswerFields): ChainInfo {
  const blocks = chain.height('blocks');
  const isDownloading = chain.raw('initialblockdownload');
  const pruned = chain.raw('pruned') === true;
  return {
    name: chain.text('chain').slice(0, MAX_WORD),
    blocks,
    bestBlockHash: chain.hash('bestblockhash'),
    // -1 where the node has no header at all, or has not looked for its best one yet.
    headers: chain.raw('headers') === -1 ? blocks : Math.max(chain.height('headers'), blocks),
    initialBlockDownload: typeof isDownloading === 'boolean' ? isDownloading : null,
    pruned,
    pruneHeight: pruned ? chain.height('pruneheight') : null,
    signetChallenge: chain.has('signet_challenge') ? chain.bytes('signet_challenge') : null,
  };
}

/** What the node calls itself, such as /Satoshi:29.0.0/. */
export function parseUserAgent(networkInfo: unknown): string {
  return AnswerFields.of(networkInfo, 'getnetworkinfo').text('subversion');
}

export function parseNetworkInfo(answer: unknown): NetworkInfo {
  const network = AnswerFields.of(answer, 'getnetworkinfo');
  const userAgent = parseUserAgent(answer);
  return {
    // The number of it is written differently by each implementation; what it calls itself has it in words.
    version: (versionOfClient(userAgent) ?? String(network.raw('version'))).slice(0, MAX_VERSION),
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

export function parseTips(answer: unknown): BranchTip[] {
  return listOf(answer, 'getchaintips').map((tip) => ({
    height: tip.height('height'),
    hash: tip.hash('hash'),
    branchLength: tip.height('branchlen'),
    status: tip.text('status').slice(0, MAX_WORD),
  }));
}

export function parseHeader(answer: unknown): HeaderInfo {
  const header = AnswerFields.of(answer, 'getblockheader');
  return { previousHash: previousIn(header), time: header.time('time'), chainWork: header.work('chainwork') };
}

export function parsePlacedHeader(answer: unknown): PlacedHeader {
  const header = AnswerFields.of(answer, 'getblockheader');
  return {
    hash: header.hash('hash'),
    height: header.height('height'),
    time: header.time('time'),
    previousHash: previousIn(header),
    // -1 for a block that is not on the main chain.
    isMain: header.raw('confirmations') !== -1 && header.count('confirmations') > 0,
  };
}

function previousIn(header: AnswerFields): string | null {
  return header.has('previousblockhash') ? header.hash('previousblockhash') : null;
}

/** Null where the node does not know all blocks below (Core: a chain from a snapshot). */
export function parseTransactionCount(answer: unknown): number | null {
  const stats = AnswerFields.of(answer, 'getchaintxstats');
  return stats.has('txcount') ? stats.count('txcount') : null;
}

function permille(progress: unknown): number {
  const value = typeof progress === 'number' ? Math.floor(progress * 1_000) : 0;
  return Math.min(Math.max(value, 0), 1_000);
}
