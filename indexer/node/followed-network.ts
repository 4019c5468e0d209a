import { type Network, networkByChain, signetMagic } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import type { NodeInfo } from './node.ts';

/** The network that a node follows. @throws NODE_WRONG_NETWORK where that cannot be told, or is none that BitQL knows */
export function followedNetwork(info: NodeInfo): Network {
  const network = knownNetwork(info);
  if (network !== null) return network;
  const { currency, chain, version } = info;
  throw new BitqlError(
    'NODE_WRONG_NETWORK',
    currency === null
      ? `The node calls itself ${version}, which BitQL does not know: name its network with --network, for example btc-mainnet.`
      : `The node (${version}) follows "${chain}", which BitQL does not know.`,
  );
}

/** The same; null where it is not known. */
export function knownNetwork({ currency, chain, signetChallenge = null }: NodeInfo): Network | null {
  const network = currency === null ? undefined : networkByChain(currency, chain);
  if (network === undefined) return null;
  return signetChallenge === null ? network : { ...network, magic: signetMagic(signetChallenge) };
}
