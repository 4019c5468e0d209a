import type { Rpc } from '../../src/rpc/rpc.ts';
import { array, integer, object, parseHash, text } from './answers.ts';
import type { ChainTip } from './node.ts';

const METHOD = 'getchaintips';

/** All branches that the node knows of. */
export async function chainTips(rpc: Rpc): Promise<ChainTip[]> {
  return array(await rpc.longCall(METHOD)).map(parseTip);
}

function parseTip(answer: unknown): ChainTip {
  const tip = object(answer, METHOD);
  return {
    height: integer(tip, 'height'),
    hash: parseHash(tip.hash, METHOD),
    branchLength: integer(tip, 'branchlen'),
    status: text(tip, 'status'),
  };
}
