import type { Currency } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import type { NodeInfo } from './node.ts';

interface OwnBlock {
  readonly currency: Currency;
  readonly height: number;
  /** In display-order hex. */
  readonly hash: string;
}

/**
 * The first block on mainnet that each currency has alone. That of BCH is where eCash left it: what calls itself Bitcoin ABC
 * may follow either.
 */
const OWN_BLOCKS: readonly OwnBlock[] = [
  { currency: 'BTC', height: 478_559, hash: '00000000000000000019f112ec0a9982926f1258cdcc558dd7c3b7e5dc7fa148' },
  { currency: 'BSV', height: 556_767, hash: '000000000000000001d956714215d96ffc00e0afda4cd0a96c96f8d802b1662b' },
  { currency: 'BCH', height: 661_648, hash: '0000000000000000029e471c41818d24b8b74c911071c4ef0b4a0509f9b5a8ce' },
];
const HEIGHTS = OWN_BLOCKS.map(({ height }) => [height]);
const HIGHEST = Math.max(...OWN_BLOCKS.map(({ height }) => height));

/** The currency of a node by the blocks of its mainnet, whatever it calls itself; null below them, and on other chains. */
export async function currencyOfBlocks(rpc: Rpc, { chain, tip }: NodeInfo): Promise<Currency | null> {
  if (chain !== 'main' || tip.height < HIGHEST) return null;
  const hashes = await rpc.calls('getblockhash', HEIGHTS);
  const refusal = hashes.find((hash) => hash instanceof BitqlError);
  if (refusal !== undefined) throw refusal;
  return OWN_BLOCKS.find(({ hash }, i) => hashes[i] === hash)?.currency ?? null;
}
