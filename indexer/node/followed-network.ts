import { type Network, networkByChain } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import type { NodeInfo } from './node.ts';

/** The network that a node follows. @throws NODE_WRONG_NETWORK where that cannot be told, or is none that BitQL knows */
export function followedNetwork({ currency, chain, version }: NodeInfo): Network {
  if (currency === null) {
    throw new BitqlError(
      'NODE_WRONG_NETWORK',
      `The node calls itself ${version}, which BitQL does not know: --network says what it follows, such as btc-mainnet.`,
    );
  }
  const network = networkByChain(currency, chain);
  if (network !== undefined) return network;
  throw new BitqlError('NODE_WRONG_NETWORK', `The node (${version}) follows "${chain}", which BitQL does not know.`);
}
