import { type Currency, type Network, networkByChain, signetMagic } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import type { NodeInfo } from './node.ts';

/**
 * The network that a node follows.
 * @throws NODE_WRONG_NETWORK if the network cannot be determined, or BitQL does not know it
 */
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

/** The network that a node follows; null if it is not known. */
export function knownNetwork({ currency, chain, signetChallenge = null }: NodeInfo): Network | null {
  const network = currency === null ? undefined : networkByChain(currency, chain);
  if (network === undefined) return null;
  return signetChallenge === null ? network : { ...network, magic: signetMagic(signetChallenge) };
}

interface OwnBlock {
  readonly currency: Currency;
  readonly height: number;
  /** In display-order hex. */
  readonly hash: string;
}

/**
 * The first block on mainnet that only one currency has. That of BCH is where eCash left it: a node that calls itself
 * Bitcoin ABC may follow either.
 */
const OWN_BLOCKS: readonly OwnBlock[] = [
  { currency: 'BTC', height: 478_559, hash: '00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148' },
  { currency: 'BSV', height: 556_767, hash: '000000000000000001d956714215d96ffc00e0afda4cd0a96c96f8d802b1662b' },
  { currency: 'BCH', height: 661_648, hash: '0000000000000000029e471c41818d24b8b74c911071c4ef0b4a0509f9b5a8ce' },
];
const HEIGHTS = OWN_BLOCKS.map(({ height }) => [height]);
const HIGHEST = Math.max(...OWN_BLOCKS.map(({ height }) => height));

/**
 * The currency of a node by the blocks of its mainnet, whatever it calls itself; null if the node is below these
 * blocks, and on other chains.
 */
export async function currencyOfBlocks(rpc: Rpc, { chain, tip }: NodeInfo): Promise<Currency | null> {
  if (chain !== 'main' || tip.height < HIGHEST) return null;
  const hashes = await rpc.calls('getblockhash', HEIGHTS);
  const refusal = hashes.find((hash) => hash instanceof BitqlError);
  if (refusal !== undefined) throw refusal;
  return OWN_BLOCKS.find(({ hash }, i) => hashes[i] === hash)?.currency ?? null;
}
