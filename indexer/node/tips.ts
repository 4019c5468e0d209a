import { type AnswerFields, listOf } from '../../src/rpc/answer-fields.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import type { ChainTip } from './node.ts';

const METHOD = 'getchaintips';

/** All branches that the node knows of; none where it does not let us ask. */
export async function chainTips(rpc: Rpc): Promise<ChainTip[]> {
  const answer = await rpc.callIfAvailable(METHOD);
  return answer === undefined ? [] : listOf(answer, METHOD).map(parseTip);
}

function parseTip(tip: AnswerFields): ChainTip {
  return {
    height: tip.height('height'),
    hash: tip.hash('hash'),
    branchLength: tip.height('branchlen'),
    status: tip.text('status'),
  };
}
