import { existsSync, readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { homedir, hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { NETWORK_IDS, type NetworkId, networkById } from '../chain/networks.ts';
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
  /** From the URL; null if it has none. Then the cookie file is read. */
  readonly credentials: Credentials | null;
  /** Null to search for it. */
  readonly cookieFile: string | null;
  /** The network that the node should follow; null for any. */
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

/** @throws BitqlError NODE_UNAUTHORIZED if it cannot be read, or has no user and password */
export function readCookie(file: string, url: URL): Credentials {
  const cookie = cookieText(file, url).trim();
  // A password may have colons, a user has none.
  const end = cookie.indexOf(':');
  if (end <= 0 || end === cookie.length - 1) {
    throw noCookie(file, url, cookie === '' ? 'is empty' : 'has no USER:PASSWORD');
  }
  return { username: cookie.slice(0, end), password: cookie.slice(end + 1) };
}

function cookieText(file: string, url: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw noCookie(file, url, `cannot be read: ${fileFailure(error)}`, error);
  }
}

function noCookie(file: string, url: URL, what: string, cause?: unknown): BitqlError {
  return new BitqlError(
    'NODE_UNAUTHORIZED',
    `No password is given for ${url.origin}, and its cookie file ${file} ${what}. ` +
      'Give --node http://USER:PASSWORD@HOST:PORT, or --cookie FILE; or start bitcoind, which writes the file.',
    cause,
  );
}

/** Where a node of a network keeps its cookie, and its default port. */
interface Usual {
  /** Relative to its data folder. */
  readonly folder: string;
  readonly rpcPort: number;
}

/** From each node's chainparamsbase.cpp. Some networks share a folder, some a port. */
const USUAL: Readonly<Record<NetworkId, Usual>> = {
  'btc-mainnet': { folder: '', rpcPort: 8332 },
  'btc-testnet3': { folder: 'testnet3', rpcPort: 18332 },
  'btc-testnet4': { folder: 'testnet4', rpcPort: 48332 },
  'btc-signet': { folder: 'signet', rpcPort: 38332 },
  'btc-regtest': { folder: 'regtest', rpcPort: 18443 },
  'bch-mainnet': { folder: '', rpcPort: 8332 },
  'bch-testnet3': { folder: 'testnet3', rpcPort: 18332 },
  'bch-testnet4': { folder: 'testnet4', rpcPort: 28332 },
  'bch-scalenet': { folder: 'scalenet', rpcPort: 38332 },
  'bch-chipnet': { folder: 'chipnet', rpcPort: 48332 },
  'bch-regtest': { folder: 'regtest', rpcPort: 18443 },
  'bsv-mainnet': { folder: '', rpcPort: 8332 },
  'bsv-testnet': { folder: 'testnet3', rpcPort: 18332 },
  'bsv-stn': { folder: 'stn', rpcPort: 9332 },
  'bsv-regtest': { folder: 'regtest', rpcPort: 18332 },
};

/** An existing cookie, and the ports of the node that wrote it, as far as its files show them. */
interface Cookie {
  readonly file: string;
  readonly isMainnet: boolean;
  readonly ports: readonly number[];
}

/**
 * The cookie of a node on this machine, chosen by the node's port and by what the folders hold. A cookie is a password,
 * so it is not sent to a node that may not be the one that wrote it.
 * @param network the network that the node should follow; null for any
 * @returns null if the node is on another machine: then it is called without a login
 * @throws NODE_UNAUTHORIZED if there is no cookie, or if several could be the right one
 */
export function findCookieFile(url: URL, network: NetworkId | null): string | null {
  if (!isThisMachine(url.hostname)) return null;
  const cookies = cookiesOf(network === null ? NETWORK_IDS : [network]);
  const [only, ...others] = cookies;
  const isOnlyOne = only !== undefined && others.length === 0;
  // A test chain often has another port than the default; mainnet has not.
  if (isOnlyOne && (network !== null || !only.isMainnet)) return only.file;
  const matching = cookies.filter(({ ports }) => ports.includes(Number(url.port)));
  if (matching.length === 1) return matching[0]!.file;
  throw unclear(url, matching.length > 1 ? matching : cookies, network);
}

/** Bitcoin Core, Knots, Bitcoin Cash Node and Bitcoin SV all use the same folder. */
function dataFolder(): string {
  return process.platform === 'darwin'
    ? join(homedir(), 'Library', 'Application Support', 'Bitcoin')
    : join(homedir(), '.bitcoin');
}

function cookiesOf(networks: readonly NetworkId[]): Cookie[] {
  const settings = readSettings(join(dataFolder(), 'bitcoin.conf'));
  const data = settings.get('datadir') ?? dataFolder();
  const folders = new Set(networks.map((id) => USUAL[id].folder));
  return Array.from(folders, (folder) => {
    const within = networks.filter((id) => USUAL[id].folder === folder);
    const ports = within.flatMap((id) => portsOf(id, settings));
    return { file: join(data, folder, '.cookie'), isMainnet: folder === '', ports };
  }).filter(({ file }) => existsSync(file));
}

/**
 * The port in the network's section. A port before all sections is for mainnet, and with Bitcoin SV for any network.
 */
function portsOf(id: NetworkId, settings: ReadonlyMap<string, string>): number[] {
  const { chain } = networkById(id);
  const own = settings.get(`${chain}.rpcport`);
  if (own !== undefined) return [Number(own)];
  const common = settings.get('rpcport');
  if (common === undefined) return [USUAL[id].rpcPort];
  return chain === 'main' ? [Number(common)] : [USUAL[id].rpcPort, Number(common)];
}

/** The settings of bitcoin.conf, each name with its section before it; none if it cannot be read. */
function readSettings(file: string): Map<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of textOf(file).split('\n')) {
    const [, header] = /^\s*\[([^\]]+)\]/.exec(line) ?? [];
    if (header !== undefined) section = `${header}.`;
    const [, name, value] = /^\s*([\w.]+)\s*=\s*([^#]*?)\s*(?:#.*)?$/.exec(line) ?? [];
    // If a setting occurs several times, the first one counts.
    if (name !== undefined && value !== undefined && !settings.has(section + name)) settings.set(section + name, value);
  }
  return settings;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isThisMachine(host: string): boolean {
  const name = host.replace(/^\[|\]$|\.$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost') || name === hostname().toLowerCase()) return true;
  return isIP(name) !== 0 && ownAddresses().check(name, isIP(name) === 6 ? 'ipv6' : 'ipv4');
}

/** It also finds an address of IPv4 that is written as one of IPv6. */
function ownAddresses(): BlockList {
  const own = new BlockList();
  own.addSubnet('127.0.0.0', 8, 'ipv4');
  own.addAddress('0.0.0.0', 'ipv4');
  for (const address of ['::', '::1']) own.addAddress(address, 'ipv6');
  for (const { address, family } of Object.values(networkInterfaces()).flatMap((some) => some ?? [])) {
    own.addAddress(address, family === 'IPv6' ? 'ipv6' : 'ipv4');
  }
  return own;
}

function unclear(url: URL, cookies: readonly Cookie[], network: NetworkId | null): BitqlError {
  const node = `No password is given for the node at ${url.origin}`;
  const cure = 'give --node http://USER:PASSWORD@HOST:PORT, or --cookie FILE';
  if (cookies.length === 0) {
    const where = join(dataFolder(), network === null ? '' : USUAL[network].folder);
    return new BitqlError(
      'NODE_UNAUTHORIZED',
      `${node}, and there is no cookie file in ${where}: ${cure}; or start bitcoind, which writes the file.`,
    );
  }
  const named = cookies.map(({ file, ports }) => `${file} (of a node at port ${[...new Set(ports)].join(' or ')})`);
  const choice = network === null ? 'name the network with --network, or ' : '';
  return new BitqlError(
    'NODE_UNAUTHORIZED',
    `${node}, and it is not certain that its cookie is ${named.join(', or ')}: ${choice}${cure}.`,
  );
}
