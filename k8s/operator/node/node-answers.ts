import { BitqlError } from '../../../src/errors.ts';

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
export interface Tip {
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

type Json = Readonly<Record<string, unknown>>;

const WORK_DIGITS = 64;
const HASH = /^[0-9a-f]{64}$/;

export function parseChainInfo(answer: unknown): ChainInfo {
  const chain = object(answer, 'getblockchaininfo');
  return {
    name: text(chain, 'chain').slice(0, 32),
    blocks: height(chain, 'blocks'),
    headers: Math.max(height(chain, 'headers'), height(chain, 'blocks')),
    bestBlockHash: hash(chain.bestblockhash),
    medianTime: integer(chain, 'mediantime'),
    chainWork: work(chain),
    initialBlockDownload: typeof chain.initialblockdownload === 'boolean' ? chain.initialblockdownload : null,
    progressPermille: permille(chain.verificationprogress),
    pruned: chain.pruned === true,
    pruneHeight: Number.isSafeInteger(chain.pruneheight) ? height(chain, 'pruneheight') : null,
    sizeOnDisk: Number.isSafeInteger(chain.size_on_disk) ? String(chain.size_on_disk) : null,
  };
}

export function parseNetworkInfo(answer: unknown): NetworkInfo {
  const network = object(answer, 'getnetworkinfo');
  const userAgent = text(network, 'subversion').slice(0, 256);
  return {
    // The number of it is written differently by each implementation; what it calls itself has it in words.
    version: (/:\s*([0-9][^/;( ]*)/.exec(userAgent)?.[1] ?? String(network.version)).slice(0, 64),
    userAgent,
    protocolVersion: integer(network, 'protocolversion'),
    peers:
      network.connections_in === undefined
        ? null
        : { inbound: integer(network, 'connections_in'), outbound: integer(network, 'connections_out') },
  };
}

/** By `getpeerinfo`, where `getnetworkinfo` does not tell them apart. */
export function parsePeers(answer: unknown): Peers {
  const peers = array(answer, 'getpeerinfo').map((peer) => object(peer, 'getpeerinfo'));
  const inbound = peers.filter((peer) => peer.inbound === true).length;
  return { inbound, outbound: peers.length - inbound };
}

/** Highest first. */
export function parseTips(answer: unknown): Tip[] {
  const tips = array(answer, 'getchaintips').map((item) => {
    const tip = object(item, 'getchaintips');
    return {
      hash: hash(tip.hash),
      height: height(tip, 'height'),
      branchLength: height(tip, 'branchlen'),
      status: text(tip, 'status').slice(0, 32),
    };
  });
  return tips.sort((a, b) => b.height - a.height);
}

export function parseHeader(answer: unknown): HeaderInfo {
  const header = object(answer, 'getblockheader');
  return { time: integer(header, 'time'), chainWork: work(header) };
}

export function hash(value: unknown): string {
  if (typeof value === 'string' && HASH.test(value)) return value;
  throw odd('has something else where the hash of a block should be');
}

function work(from: Json): string {
  const value = text(from, 'chainwork');
  if (!/^[0-9a-f]{1,64}$/.test(value)) throw odd('has no number in "chainwork"');
  return value.padStart(WORK_DIGITS, '0');
}

function permille(progress: unknown): number {
  const value = typeof progress === 'number' ? Math.floor(progress * 1_000) : 0;
  return Math.min(Math.max(value, 0), 1_000);
}

/** A node that has no header at all says -1. */
function height(from: Json, field: string): number {
  return Math.min(Math.max(integer(from, field), 0), 2 ** 31 - 1);
}

function object(value: unknown, method: string): Json {
  if (typeof value === 'object' && value !== null) return value as Json;
  throw odd(`to ${method} is not what it should be`);
}

function array(value: unknown, method: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw odd(`to ${method} is no list`);
}

function text(from: Json, field: string): string {
  const value = from[field];
  if (typeof value === 'string') return value;
  throw odd(`has no text in "${field}"`);
}

function integer(from: Json, field: string): number {
  const value = from[field];
  if (Number.isSafeInteger(value)) return value as number;
  throw odd(`has no whole number in "${field}"`);
}

function odd(what: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `The node's answer ${what}: is it bitcoind?`);
}
