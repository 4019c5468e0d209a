import { currencyOfClient } from '../../../src/rpc/user-agent.ts';
import type { BitcoinNodeSpec } from '../../api/bitcoin-node.ts';
import { DIALECTS, networkDialect } from './dialects.ts';
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
  const currency = currencyOfClient(network.userAgent);
  // Other software for the same coin will do, and what nobody knows is what the spec says.
  if (currency === null || currency === DIALECTS[spec.implementation].currency) return null;
  return `The spec says ${spec.implementation}, but the node calls itself ${network.userAgent}, of another coin.`;
}
