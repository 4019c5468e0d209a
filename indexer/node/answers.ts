import { BitqlError } from '../../src/errors.ts';
import { AnswerFields } from '../../src/rpc/answer-fields.ts';
import { rpcCode } from '../../src/rpc/rpc-code.ts';
import { currencyOfClient } from '../../src/rpc/user-agent.ts';
import type { HeaderInfo, NodeInfo } from './node.ts';

/** The node's JSON answers, checked once and turned into our types. */

export function parseNodeInfo(chainInfo: unknown, networkInfo: unknown): NodeInfo {
  const chain = AnswerFields.of(chainInfo, 'getblockchaininfo');
  const version = AnswerFields.of(networkInfo, 'getnetworkinfo').text('subversion');
  const height = chain.height('blocks');
  return {
    currency: currencyOfClient(version),
    chain: chain.text('chain'),
    version,
    signetChallenge: chain.has('signet_challenge') ? chain.bytes('signet_challenge') : null,
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

/** What a call gave; null where the node refuses it with just this code. @throws what it refuses with otherwise */
export function unlessRefused(answer: unknown, code: number): unknown {
  if (!(answer instanceof BitqlError)) return answer;
  if (rpcCode(answer) === code) return null;
  throw answer;
}
