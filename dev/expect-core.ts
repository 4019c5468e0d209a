import { LiveNode } from '../indexer/node/live-node.ts';
import { BitqlError } from '../src/errors.ts';
import { parseNodeAddress } from '../src/rpc/credentials.ts';

/**
 * Looks whether a node takes the signatures that are made here: those of BCH and BSV are others.
 * @param nodeUrl of its RPC, with user and password
 * @throws BitqlError BAD_SETTING
 */
export async function expectCore(nodeUrl: string, signal?: AbortSignal): Promise<void> {
  const { currency, version } = await new LiveNode(parseNodeAddress(nodeUrl), null, signal).info();
  if (currency === 'BTC') return;
  throw new BitqlError(
    'BAD_SETTING',
    `The node is ${version}: a local chain needs Bitcoin Core, or a derived node such as Knots. Set BITCOIND to its path.`,
  );
}
