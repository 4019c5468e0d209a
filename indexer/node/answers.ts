import { fromHex } from '../../src/chain/bytes.ts';
import type { Currency } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import type { HeaderInfo, NodeInfo } from './node.ts';

/** The node's JSON answers, checked once and turned into our types. */

export type Json = Readonly<Record<string, unknown>>;

export function parseNodeInfo(chainInfo: unknown, networkInfo: unknown): NodeInfo {
  const chain = object(chainInfo, 'getblockchaininfo');
  const version = text(object(networkInfo, 'getnetworkinfo'), 'subversion');
  return {
    currency: currencyOf(version),
    chain: text(chain, 'chain'),
    version,
    tip: { height: integer(chain, 'blocks'), hash: text(chain, 'bestblockhash') },
    headers: integer(chain, 'headers'),
    lowestBlock: chain.pruned === true ? integer(chain, 'pruneheight') : 0,
  };
}

export function parseHeaderInfo(answer: unknown): HeaderInfo {
  const header = object(answer, 'getblockheader');
  return {
    previousHash: header.previousblockhash === undefined ? null : text(header, 'previousblockhash'),
    time: integer(header, 'time'),
    chainWork: BigInt(`0x${text(header, 'chainwork')}`),
  };
}

/** Null where the node does not know all blocks below (Core: a chain from a snapshot). */
export function parseTransactionCount(answer: unknown): number | null {
  const stats = object(answer, 'getchaintxstats');
  return stats.txcount === undefined ? null : integer(stats, 'txcount');
}

/** By user agent: the three currencies use the same names for their chains, and the same genesis block. */
function currencyOf(userAgent: string): Currency {
  if (/Bitcoin SV|Teranode/i.test(userAgent)) return 'BSV';
  if (/Bitcoin Cash|BCH|Bitcoin Verde|Flowee|Knuth/i.test(userAgent)) return 'BCH';
  return 'BTC';
}

/** A block's hash, in display-order hex. @throws NODE_REFUSED */
export function parseHash(answer: unknown): string {
  if (typeof answer === 'string' && /^[0-9a-f]{64}$/.test(answer)) return answer;
  throw new BitqlError('NODE_REFUSED', "bitcoind's answer to getblockhash is not a hash.");
}

/** @throws NODE_REFUSED */
export function bytesFromHex(answer: unknown, method: string): Uint8Array {
  try {
    if (typeof answer === 'string') return fromHex(answer);
  } catch {
    // Said below.
  }
  throw new BitqlError('NODE_REFUSED', `bitcoind's answer to ${method} is not hex text.`);
}

export function object(value: unknown, method: string): Json {
  if (typeof value === 'object' && value !== null) return value as Json;
  throw new BitqlError('NODE_REFUSED', `bitcoind's answer to ${method} is not what it should be.`);
}

export function array(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new BitqlError('NODE_REFUSED', "bitcoind's answer has no list where there should be one.");
}

export function text(from: Json, field: string): string {
  const value = from[field];
  if (typeof value === 'string') return value;
  throw new BitqlError('NODE_REFUSED', `bitcoind's answer has no text in "${field}".`);
}

export function integer(from: Json, field: string): number {
  const value = from[field];
  if (Number.isSafeInteger(value)) return value as number;
  throw new BitqlError('NODE_REFUSED', `bitcoind's answer has no whole number in "${field}".`);
}
