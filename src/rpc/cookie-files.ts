import { existsSync, readFileSync } from 'node:fs';
import { homedir, hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { NETWORK_IDS, type NetworkId, networkById } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';

/** Where a node of a network keeps its cookie, and where it listens if nothing else is said. */
interface Usual {
  /** Below its data folder. */
  readonly folder: string;
  readonly rpcPort: number;
}

/** Facts of each node's chainparamsbase.cpp. Some share a folder, some a port. */
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

/** A cookie that is there, and the ports that the node which wrote it may listen on, as far as files tell. */
interface Cookie {
  readonly file: string;
  readonly isMainnet: boolean;
  readonly ports: readonly number[];
}

/**
 * The cookie of a node on this machine, by its port and by what the folders hold; of another machine, none. A cookie is a password: it is not
 * shown to a node that seems to be another than the one that wrote it.
 * @param network the one that the node is to follow; null: any
 * @returns null where a node elsewhere is to be asked without a login
 * @throws NODE_UNAUTHORIZED where there is none, or where it could be one of several
 */
export function findCookieFile(url: URL, network: NetworkId | null): string | null {
  if (!isThisMachine(url.hostname)) return null;
  const cookies = cookiesOf(network === null ? NETWORK_IDS : [network]);
  const [only, ...others] = cookies;
  const isOnlyOne = only !== undefined && others.length === 0;
  // The port of a chain for tests is often another than the usual one; that of mainnet is not.
  if (isOnlyOne && (network !== null || !only.isMainnet)) return only.file;
  const matching = cookies.filter(({ ports }) => ports.includes(Number(url.port)));
  if (matching.length === 1) return matching[0]!.file;
  throw unclear(url, matching.length > 1 ? matching : cookies, network);
}

/** Bitcoin Core, Knots, Bitcoin Cash Node and Bitcoin SV all have the same. */
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

/** That of its own section; what stands before all sections is for mainnet, with Bitcoin SV for any network. */
function portsOf(id: NetworkId, settings: ReadonlyMap<string, string>): number[] {
  const { chain } = networkById(id);
  const own = settings.get(`${chain}.rpcport`);
  if (own !== undefined) return [Number(own)];
  const common = settings.get('rpcport');
  if (common === undefined) return [USUAL[id].rpcPort];
  return chain === 'main' ? [Number(common)] : [USUAL[id].rpcPort, Number(common)];
}

/** What bitcoin.conf says, each name with its section before it; nothing where it cannot be read. */
function readSettings(file: string): Map<string, string> {
  const settings = new Map<string, string>();
  let section = '';
  for (const line of textOf(file).split('\n')) {
    const [, header] = /^\s*\[([^\]]+)\]/.exec(line) ?? [];
    if (header !== undefined) section = `${header}.`;
    const [, name, value] = /^\s*([\w.]+)\s*=\s*([^#]*?)\s*(?:#.*)?$/.exec(line) ?? [];
    // The first of several counts.
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
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost') || name === hostname().toLowerCase()) return true;
  if (/^127\./.test(name) || ['0.0.0.0', '::', '::1'].includes(name)) return true;
  return Object.values(networkInterfaces()).some((addresses = []) => addresses.some(({ address }) => address === name));
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
