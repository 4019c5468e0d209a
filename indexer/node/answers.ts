import { fromHex } from '../../src/chain/bytes.ts';
import type { Currency } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import { rpcCode } from '../../src/rpc/rpc.ts';
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

/** The hash of a block or transaction, in display-order hex. @throws NODE_REFUSED */
export function parseHash(answer: unknown, method = 'getblockhash'): string {
  if (typeof answer === 'string' && /^[0-9a-f]{64}$/.test(answer)) return answer;
  throw new BitqlError('NODE_REFUSED', `bitcoind's answer to ${method} is not a hash.`);
}

/** An amount in coins with 8 decimals. Up to 21 million, a double is near enough to tell the satoshi. @throws NODE_REFUSED */
export function satoshis(amount: unknown, method: string): number {
  const value = typeof amount === 'number' ? Math.round(amount * 1e8) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new BitqlError('NODE_REFUSED', `bitcoind's answer to ${method} has no amount in "value".`);
}

/** What a call gave; null where the node refuses it with just this code. @throws what it refuses with otherwise */
export function unlessRefused(answer: unknown, code: number): unknown {
  if (!(answer instanceof BitqlError)) return answer;
  if (rpcCode(answer) === code) return null;
  throw answer;
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
