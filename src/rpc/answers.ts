import type { Currency } from '../chain/networks.ts';
import { AnswerFields, listOf } from './answer-fields.ts';

/**
 * Answers of nodes, checked once. A value that not every implementation has is null if it is missing. Hashes are
 * hexadecimal, in display order; times are Unix seconds.
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
  /** The lowest height whose block is there; null if nothing was pruned. */
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

/** The tip of a branch that the node knows. */
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
/** Longest own words of a node; the rest is cut off. */
const MAX_WORD = 32;
const MAX_VERSION = 64;

export function parseChainInfo(answer: unknown): ChainInfo {
  return chainIn(AnswerFields.of(answer, 'getblockchaininfo'));
}

/** The full answer of a bitcoind; other nodes may return less. */
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

/**
 * Whether the node is still downloading the chain. On regtest it reports this until the next block, which may never
 * come.
 */
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
    // -1 if the node has no header at all, or has not determined its best one yet.
    headers: chain.raw('headers') === -1 ? blocks : Math.max(chain.height('headers'), blocks),
    initialBlockDownload: typeof isDownloading === 'boolean' ? isDownloading : null,
    pruned,
    pruneHeight: pruned ? chain.height('pruneheight') : null,
    signetChallenge: chain.has('signet_challenge') ? chain.bytes('signet_challenge') : null,
  };
}

/** The node's user agent, such as /Satoshi:29.0.0/. */
export function parseUserAgent(networkInfo: unknown): string {
  return AnswerFields.of(networkInfo, 'getnetworkinfo').text('subversion');
}

export function parseNetworkInfo(answer: unknown): NetworkInfo {
  const network = AnswerFields.of(answer, 'getnetworkinfo');
  const userAgent = parseUserAgent(answer);
  return {
    // Each implementation has its own number format; the user agent has the version in words.
    version: (versionOfClient(userAgent) ?? String(network.raw('version'))).slice(0, MAX_VERSION),
    userAgent,
    protocolVersion: network.count('protocolversion', MAX_INT),
    peers: network.has('connections_in')
      ? { inbound: network.count('connections_in', MAX_INT), outbound: network.count('connections_out', MAX_INT) }
      : null,
  };
}

/** From `getpeerinfo`, for nodes whose `getnetworkinfo` does not count inbound and outbound peers. */
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

/** Null if the node does not know all blocks below (Core: a chain from a snapshot). */
export function parseTransactionCount(answer: unknown): number | null {
  const stats = AnswerFields.of(answer, 'getchaintxstats');
  return stats.has('txcount') ? stats.count('txcount') : null;
}

function permille(progress: unknown): number {
  const value = typeof progress === 'number' ? Math.floor(progress * 1_000) : 0;
  return Math.min(Math.max(value, 0), 1_000);
}

/**
 * Client names of each currency, in lower case. Names of software that has moved between coins (BitcoinUnlimited,
 * Bitcoin XT, Bitcoin ABC) are left out: they do not show the currency.
 */
const CLIENTS: Readonly<Record<Currency, readonly string[]>> = {
  // Knots adds its own name after that of Core; btcd and bcoin are other software.
  BTC: ['satoshi', 'bitcoin knots', 'btcwire', 'btcd', 'bcoin'],
  BCH: [
    'bitcoin cash node',
    'bch unlimited',
    'bucash',
    'bchwire',
    'bchd',
    'bcash',
    'bitcoin verde',
    'flowee',
    'knuth',
    'kth',
  ],
  BSV: ['bitcoin sv', 'teranode'],
};

/** The version in words, which follows the client's name; null if there is none. */
function versionOfClient(userAgent: string): string | null {
  return /:\s*([0-9][^/;( ]*)/.exec(userAgent)?.[1] ?? null;
}

/**
 * The currency of a node, by the name of its client; null for an unknown name.
 * @param userAgent such as /Satoshi:29.0.0(a comment)/Knots:20250903/; the first name is the client's (BIP 14).
 *   Comments in parentheses are arbitrary
 */
export function currencyOfClient(userAgent: string): Currency | null {
  const name = /^\/?([^/:()]+)/.exec(userAgent)?.[1]?.trim().toLowerCase();
  if (name === undefined) return null;
  return (Object.keys(CLIENTS) as Currency[]).find((currency) => CLIENTS[currency].includes(name)) ?? null;
}
