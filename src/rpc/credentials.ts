import { readFileSync } from 'node:fs';
import type { NetworkId } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import { fileFailure } from '../failures/system.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Where a node is and how to log in. */
export interface NodeAddress {
  /** Without user and password. */
  readonly url: URL;
  /** From the URL; null if it has none, then the cookie file is read. */
  readonly credentials: Credentials | null;
  /** Null: it is looked for. */
  readonly cookieFile: string | null;
  /** The network that it is to follow; null: whatever it does. */
  readonly network: NetworkId | null;
}

/** @param text for example http://user:password@127.0.0.1:8332 or http://127.0.0.1:18443 */
export function parseNodeAddress(text: string, cookieFile?: string, network: NetworkId | null = null): NodeAddress {
  const url = new URL(text);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const credentials =
    password === '' ? null : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { url, credentials, cookieFile: cookieFile ?? null, network };
}

/** @throws BitqlError NODE_UNAUTHORIZED */
export function readCookie(file: string, url: URL): Credentials {
  try {
    const [username = '', password = ''] = readFileSync(file, 'utf8').trim().split(':');
    return { username, password };
  } catch (error) {
    throw new BitqlError(
      'NODE_UNAUTHORIZED',
      `No password is given for ${url.origin}, and its cookie file ${file} cannot be read: ${fileFailure(error)}. ` +
        'Give --node http://USER:PASSWORD@HOST:PORT, or --cookie FILE; or start bitcoind, which writes the file.',
      error,
    );
  }
}
