import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BitqlError } from '../src/errors.ts';

const HOW_TO_GET_ONE =
  'Get one from https://bitcoincore.org/en/download, by "brew install bitcoin", or, from a checkout of BitQL on Debian, as ' +
  'root, by "test/services/services install bitcoind"; then set BITCOIND=/path/to/bitcoind, or put its folder on the PATH.';

/**
 * The bitcoind program that BITCOIND names, or the first one on the PATH.
 * @throws BitqlError BAD_SETTING where there is none: how to get one
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
