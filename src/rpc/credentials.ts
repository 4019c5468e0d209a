import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { NetworkId } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';

/** The folder below bitcoind's own where each network keeps its cookie, by the network's default RPC port. */
const COOKIE_FOLDERS: Readonly<Record<string, string>> = {
  '8332': '',
  '18332': 'testnet3',
  '48332': 'testnet4',
  '38332': 'signet',
  '18443': 'regtest',
};

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
  readonly cookieFile: string;
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
  return { url, credentials, cookieFile: cookieFile ?? defaultCookieFile(url.port), network };
}

/** The user and password to send now. bitcoind writes a new cookie at each start, so it is read each time anew. */
export function currentCredentials({ credentials, cookieFile, url }: NodeAddress): Credentials {
  if (credentials !== null) return credentials;
  const [username, password] = readCookie(cookieFile, url).trim().split(':');
  return { username: username ?? '', password: password ?? '' };
}

function readCookie(file: string, url: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new BitqlError(
      'NODE_UNAUTHORIZED',
      `No password is given for ${url.origin}, and its cookie file cannot be read (${(error as Error).message}): ` +
        'give --node http://USER:PASSWORD@HOST:PORT, or --cookie FILE; or start bitcoind, which writes the file.',
      error,
    );
  }
}

function defaultCookieFile(port: string): string {
  return join(homedir(), '.bitcoin', COOKIE_FOLDERS[port] ?? '', '.cookie');
}
