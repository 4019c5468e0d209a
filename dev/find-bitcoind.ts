import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LiveNode } from '../indexer/node/live-node.ts';
import { BitqlError } from '../src/errors.ts';
import { parseNodeAddress } from '../src/rpc/credentials.ts';

const HOW_TO_GET_ONE =
  'Get one from https://bitcoincore.org/en/download, by "brew install bitcoin", or, from a checkout of BitQL on Debian, as ' +
  'root, by "test/services/services install bitcoind"; then set BITCOIND=/path/to/bitcoind, or put its folder on the PATH.';

/**
 * The bitcoind program that BITCOIND names, or the first one on the PATH.
 * @throws BitqlError BAD_SETTING if there is none; the message says how to get one
 */
export function findBitcoind(env: NodeJS.ProcessEnv = process.env): string {
  const { BITCOIND: named = '', PATH = '' } = env;
  if (named !== '') {
    if (isProgram(named)) return named;
    throw new BitqlError(
      'BAD_SETTING',
      `BITCOIND is ${named}, which is not a program that can be run. ${HOW_TO_GET_ONE}`,
    );
  }
  const onPath = PATH.split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'bitcoind'))
    .find(isProgram);
  if (onPath !== undefined) return onPath;
  throw new BitqlError('BAD_SETTING', `A local chain needs bitcoind, but there is none on the PATH. ${HOW_TO_GET_ONE}`);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Checks that a node accepts the signatures that are made here: BCH and BSV have other signatures.
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
