import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { promisify } from 'node:util';
import { Sandbox } from './sandbox.ts';

/** The options of a regtest node that become flags of bitcoind. */
export interface FlagOptions {
  /** Answers REST requests [true]. */
  readonly rest?: boolean;
  /** Publishes over ZMQ what the indexer listens to, if bitcoind was built with ZMQ [false]. */
  readonly zmq?: boolean;
  /** [false] */
  readonly txindex?: boolean;
  /** Deletes old blocks: from 550 on, the MiB of blocks that stay; 1, only when `pruneblockchain` is called [keeps all]. */
  readonly prune?: number;
  /** Policy as on other networks, with this longest data output, in bytes [the mempool accepts non-standard ones as well]. */
  readonly dataCarrierSize?: number;
  /** The node's clock, in Unix seconds [the machine's]. `setTime` changes it. */
  readonly time?: number;
  /** Further flags of bitcoind; they override those that are set here. */
  readonly args?: readonly string[];
}

/** Where a node keeps its files and listens, and the login of its RPC. */
export interface FlagPlaces {
  readonly datadir: string;
  readonly port: number;
  readonly zmqPort: number;
  readonly user: string;
  readonly password: string;
}

/** The flags of a regtest bitcoind. @param known the flags that this bitcoind has (`knownFlags`): it does not get the optional ones that it lacks */
export function regtestFlags(options: FlagOptions, places: FlagPlaces, known: ReadonlySet<string>): string[] {
  const { rest = true, zmq = false, txindex = false, prune = 0, dataCarrierSize, time, args = [] } = options;
  const { datadir, port, zmqPort, user, password } = places;
  return [
    '-regtest',
    `-datadir=${datadir}`,
    '-server',
    `-rpcport=${port}`,
    '-rpcbind=127.0.0.1',
    '-rpcallowip=127.0.0.1',
    `-rpcauth=${rpcAuth(user, password)}`,
    `-rest=${Number(rest)}`,
    `-txindex=${Number(txindex)}`,
    `-prune=${prune}`,
    '-fallbackfee=0.0001',
    ...OFFLINE,
    ...FAST,
    ...[...PERMISSIVE, ...(zmq ? publishing(zmqPort) : [])].filter((flag) => known.has(nameOf(flag))),
    ...(dataCarrierSize === undefined ? ['-acceptnonstdtxn=1'] : [`-datacarriersize=${dataCarrierSize}`]),
    ...(time === undefined ? [] : [`-mocktime=${time}`]),
    ...args,
  ];
}

function publishing(port: number): string[] {
  return ['rawtx', 'hashblock', 'sequence'].map((topic) => `-zmqpub${topic}=tcp://127.0.0.1:${port}`);
}

/** The node has no peers, and opens no port but the one for RPC. */
const OFFLINE = ['-listen=0', '-dnsseed=0', '-discover=0', '-connect=0'];
/** Turns off the self-checks after each block, which regtest turns on. */
const FAST = ['-checkblockindex=0', '-checkmempool=0', '-printtoconsole=0', '-rpcworkqueue=256'];

/**
 * Tests need transactions that Knots refuses to relay, beyond Core's policy: data of all sorts, bare keys and multisig, full
 * blocks. A node that does not know one of these flags does not get it.
 *
 * No flag changes one limit of Knots 29.4: its mempool refuses outputs whose script is longer than 34 bytes, or 83 for an
 * OP_RETURN ("bad-txns-vout-script-toolarge"). Blocks may have them: `mineBlock`.
 */
const PERMISSIVE = [
  '-corepolicy=1',
  '-acceptnonstddatacarrier=1',
  '-blockmaxsize=4000000',
  '-blockmaxweight=4000000',
  '-permitbaredatacarrier=1',
  '-permitbaremultisig=1',
  '-permitbarepubkey=1',
  '-rejectparasites=0',
  '-rejecttokens=0',
  '-softwareexpiry=0',
];

const nameOf = (flag: string) => flag.slice(1).split('=')[0]!;

const flagsByProgram = new Map<string, Promise<Set<string>>>();

/** The flags that a bitcoind lists in its help. */
export function knownFlags(bitcoind: string): Promise<Set<string>> {
  let flags = flagsByProgram.get(bitcoind);
  if (!flags) {
    flags = askFlags(bitcoind);
    flagsByProgram.set(bitcoind, flags);
  }
  return flags;
}

async function askFlags(bitcoind: string): Promise<Set<string>> {
  await using sandbox = new Sandbox('help'); // it needs a folder to write to even for its help
  const args = ['-help', '-help-debug', '-nosettings', `-datadir=${sandbox.folder}`];
  const { stdout } = await promisify(execFile)(bitcoind, args);
  return new Set([...stdout.matchAll(/^ {2}-(\w+)/gm)].map((match) => match[1]!));
}

/** The value that Core's share/rpcauth makes. Unlike -rpcpassword it leaves the cookie file in place. */
function rpcAuth(user: string, password: string): string {
  const salt = 'b17c';
  return `${user}:${salt}$${createHmac('sha256', salt).update(password).digest('hex')}`;
}
