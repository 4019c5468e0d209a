import type { Currency } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import { AnswerFields } from '../../src/rpc/answer-fields.ts';
import { rpcCode } from '../../src/rpc/rpc-code.ts';
import type { HeaderInfo, NodeInfo } from './node.ts';

/** The node's JSON answers, checked once and turned into our types. */

export function parseNodeInfo(chainInfo: unknown, networkInfo: unknown): NodeInfo {
  const chain = AnswerFields.of(chainInfo, 'getblockchaininfo');
  const version = AnswerFields.of(networkInfo, 'getnetworkinfo').text('subversion');
  const height = chain.height('blocks');
  return {
    currency: currencyOf(version),
    chain: chain.text('chain'),
    version,
    tip: { height, hash: chain.hash('bestblockhash') },
    // -1 where it has not looked for its best header yet.
    headers: chain.raw('headers') === -1 ? height : chain.height('headers'),
    lowestBlock: chain.raw('pruned') === true ? chain.height('pruneheight') : 0,
  };
}

export function parseHeaderInfo(answer: unknown): HeaderInfo {
  const header = AnswerFields.of(answer, 'getblockheader');
  return {
    previousHash: header.has('previousblockhash') ? header.hash('previousblockhash') : null,
    time: header.time('time'),
    chainWork: header.work('chainwork'),
  };
}

/** Null where the node does not know all blocks below (Core: a chain from a snapshot). */
export function parseTransactionCount(answer: unknown): number | null {
  const stats = AnswerFields.of(answer, 'getchaintxstats');
  return stats.has('txcount') ? stats.count('txcount') : null;
}

/** By user agent: the three currencies use the same names for their chains, and the same genesis block. */
function currencyOf(userAgent: string): Currency {
  if (/Bitcoin SV|Teranode/i.test(userAgent)) return 'BSV';
  if (/Bitcoin Cash|BCH|Bitcoin Verde|Flowee|Knuth/i.test(userAgent)) return 'BCH';
  return 'BTC';
}

/** What a call gave; null where the node refuses it with just this code. @throws what it refuses with otherwise */
export function unlessRefused(answer: unknown, code: number): unknown {
  if (!(answer instanceof BitqlError)) return answer;
  if (rpcCode(answer) === code) return null;
  throw answer;
}
