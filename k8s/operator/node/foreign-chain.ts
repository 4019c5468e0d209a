import type { BitcoinNodeSpec, NodeImplementation } from '../../api/bitcoin-node.ts';
import { networkDialect } from './dialects.ts';
import type { NodeAnswers } from './observation.ts';

/**
 * What is wrong where a node follows another chain than the spec says; null where nothing is. The three coins call their chains by
 * the same names, and begin with the same block: what the node calls itself tells them apart.
 */
export function foreignChain(spec: BitcoinNodeSpec, { chain, network }: NodeAnswers): string | null {
  const wanted = networkDialect(spec.implementation, spec.network).chain;
  if (chain.name !== wanted) {
    return `The spec says ${spec.network}, but the node follows "${chain.name}": give the node of that network, or make another BitcoinNode.`;
  }
  const runs = implementationOf(network.userAgent);
  if (runs === spec.implementation) return null;
  return `The spec says ${spec.implementation}, but the node calls itself ${network.userAgent}, of another coin.`;
}

/** By the coin: other software for the same one will do. */
function implementationOf(userAgent: string): NodeImplementation {
  if (/Bitcoin SV|Teranode/i.test(userAgent)) return 'BitcoinSV';
  if (/Bitcoin Cash|BCH|Bitcoin Verde|Flowee|Knuth/i.test(userAgent)) return 'BitcoinCashNode';
  return 'BitcoinCore';
}
