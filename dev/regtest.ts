import { execFile } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { JsonRpcError, postCalls, resultOf } from '../src/rpc/json-rpc.ts';
import { freePort } from './free-port.ts';
import { MINER_ADDRESS } from './miner.ts';
import { oneLine } from './one-line.ts';
import { OwnBitcoind } from './own-bitcoind.ts';
import { Sandbox, type SandboxProcess } from './sandbox.ts';
import { until } from './until.ts';

export interface RegtestOptions {
  /** The program. */
  readonly bitcoind: string;
  /** Answers REST requests [true]. */
  readonly rest?: boolean;
  /** Publishes over ZMQ what the indexer listens to, where it was built with that [false]. */
  readonly zmq?: boolean;
  /** [false] */
  readonly txindex?: boolean;
  /** Deletes old blocks: from 550, the MiB of blocks that stay; 1, only when `pruneblockchain` is called [keeps all]. */
  readonly prune?: number;
  /** Policy as on other networks, with this longest data output, in bytes [the mempool takes non-standard ones as well]. */
  readonly dataCarrierSize?: number;
  /** The node's clock, in Unix seconds [the machine's]. `setTime` moves it on. */
  readonly time?: number;
  /** Further flags of bitcoind; they win over those set here. */
  readonly args?: readonly string[];
  /** Ends the waiting for its start. */
  readonly signal?: AbortSignal | undefined;
}

/** A block as `getblock HASH 1` tells it, as far as tests use it. */
export interface NodeBlock {
  readonly hash: string;
  readonly height: number;
  readonly time: number;
  readonly tx: readonly string[];
  readonly previousblockhash?: string;
}

const PORT_TAKEN = /Unable to bind|Unable to start HTTP server/;
const START_ATTEMPTS = 3;
const START_MS = 60_000;
const STOP_MS = 60_000;
const CALL_MS = 120_000;

/**
 * Starts a real bitcoind on regtest, in a folder and on a port of its own; ready when it returns. It goes away with
 * `close`, at the end of an `await using`, and with this process.
 */
export async function startRegtest(options: RegtestOptions): Promise<RegtestNode> {
  const known = await flagsOf(options.bitcoind);
  for (let attempt = 1; ; attempt++) {
    const node = new RegtestNode(known, [await freePort(), await freePort()], options);
    try {
      await node.start();
      return node;
    } catch (error) {
      await node.close();
      options.signal?.throwIfAborted();
      if (attempt === START_ATTEMPTS || !(error instanceof Error && PORT_TAKEN.test(error.message))) throw error;
    }
  }
}

export class RegtestNode implements AsyncDisposable {
  readonly datadir: string;
  readonly port: number;
  readonly user = 'bitql';
  readonly password = randomBytes(16).toString('hex');
  readonly #known: ReadonlySet<string>;
  readonly #sandbox = new Sandbox('regtest');
  readonly #zmqPort: number;
  #options: RegtestOptions;
  readonly #own: OwnBitcoind;
  #process: SandboxProcess | undefined;

  /** Use `startRegtest`. */
  constructor(known: ReadonlySet<string>, [port, zmqPort]: readonly [number, number], options: RegtestOptions) {
    this.#known = known;
    this.#options = options;
    this.port = port;
    this.#zmqPort = zmqPort;
    this.datadir = this.#sandbox.folder;
    this.#own = new OwnBitcoind(this);
  }

  /** RPC and REST are served here; REST under /rest. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get urlWithPassword(): string {
    return `http://${this.user}:${this.password}@127.0.0.1:${this.port}`;
  }

  /** The other way to log in: bitcoind writes a new cookie at each start. */
  get cookiePath(): string {
    return join(this.datadir, 'regtest', '.cookie');
  }

  /** Where blk00000.dat, rev00000.dat and xor.dat lie. */
  get blocksPath(): string {
    return join(this.datadir, 'regtest', 'blocks');
  }

  /** Undefined if there is no such program. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves when bitcoind has ended, however it came to that. */
  get ended(): Promise<unknown> {
    return this.#process?.ended ?? Promise.resolve();
  }

  /** The last that bitcoind printed, and wrote into its log. */
  output(): string {
    const log = join(this.datadir, 'regtest', 'debug.log');
    const logged = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-5) : [];
    return [this.#process?.output() ?? '', ...logged].join('\n').trim();
  }

  /** Has a file elsewhere go away with the node. */
  removeWithIt(file: string): void {
    this.#sandbox.removeWithIt(file);
  }

  get running(): boolean {
    return this.#process !== undefined && this.#process.result === undefined;
  }

  /**
   * Calls the node. Amounts are BTC as JSON numbers, which `toSatoshis` makes whole again; nothing on regtest is beyond
   * a JavaScript number.
   * @throws JsonRpcError what the node refuses the call with; BitqlError NODE_UNREACHABLE
   */
  async rpc<T = unknown>(method: string, ...params: readonly unknown[]): Promise<T> {
    try {
      const login = { username: this.user, password: this.password };
      const bounds = { maxBytes: Number.POSITIVE_INFINITY, timeoutMs: CALL_MS };
      const [answer] = await postCalls(new URL(this.url), login, { ...bounds, method, calls: [params] });
      return resultOf(answer!) as T;
    } catch (error) {
      if (error instanceof JsonRpcError)
        throw new JsonRpcError(error.code, `${method}: ${error.message} (${error.code})`);
      throw error;
    }
  }

  /** Mines blocks with what the mempool holds, and returns their hashes. */
  mine(count: number, address: string = MINER_ADDRESS): Promise<string[]> {
    return this.rpc('generatetoaddress', count, address);
  }

  /**
   * Mines one block with just these transactions, in this order: txids of the mempool, or raw ones as hex, standard or
   * not. The mempool's others wait.
   * @param output an address, or a descriptor such as `raw(6a)`
   */
  async mineBlock(transactions: readonly string[], output: string = MINER_ADDRESS): Promise<string> {
    const { hash } = await this.rpc<{ hash: string }>('generateblock', output, transactions);
    return hash;
  }

  /** Moves the node's clock, for block and arrival times; it stays there, also after a restart. */
  async setTime(time: number): Promise<void> {
    this.#options = { ...this.#options, time };
    await this.rpc('setmocktime', time);
  }

  async start(): Promise<void> {
    if (this.running) throw new Error('bitcoind is already running');
    const process = this.#sandbox.start('bitcoind', this.#options.bitcoind, this.#flags());
    this.#process = process;
    await until(
      'bitcoind to answer',
      () => {
        if (process.result !== undefined)
          throw new Error(`bitcoind ended with ${process.result}: ${oneLine(process.output())}`);
        return this.#own.isUp();
      },
      { timeoutMs: START_MS, signal: this.#options.signal },
    );
  }

  /** Stops it properly, so that it saves all; the folder stays for `start`. */
  async stop(): Promise<void> {
    if (!this.running) return;
    await this.#own.stop();
    const process = this.#process!;
    await until('bitcoind to stop', () => process.result !== undefined, { timeoutMs: STOP_MS });
  }

  /** Kills it as a power failure would; the folder stays for `start`. */
  async kill(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process?.ended;
  }

  /** Stops and starts it, on the same port, with some options changed. */
  async restart(changes: Partial<RegtestOptions> = {}): Promise<void> {
    await this.stop();
    this.#options = { ...this.#options, ...changes };
    await this.start();
  }

  /** Ends it at once and removes its folder. */
  close(): Promise<void> {
    return this.#sandbox.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #publishing(): string[] {
    return ['rawtx', 'hashblock', 'sequence'].map((topic) => `-zmqpub${topic}=tcp://127.0.0.1:${this.#zmqPort}`);
  }

  #flags(): string[] {
    const { rest = true, zmq = false, txindex = false, prune = 0, dataCarrierSize, time, args = [] } = this.#options;
    return [
      '-regtest',
      `-datadir=${this.datadir}`,
      '-server',
      `-rpcport=${this.port}`,
      '-rpcbind=127.0.0.1',
      '-rpcallowip=127.0.0.1',
      `-rpcauth=${rpcAuth(this.user, this.password)}`,
      `-rest=${Number(rest)}`,
      `-txindex=${Number(txindex)}`,
      `-prune=${prune}`,
      '-fallbackfee=0.0001',
      ...OFFLINE,
      ...FAST,
      ...[...PERMISSIVE, ...(zmq ? this.#publishing() : [])].filter((flag) => this.#known.has(nameOf(flag))),
      ...(dataCarrierSize === undefined ? ['-acceptnonstdtxn=1'] : [`-datacarriersize=${dataCarrierSize}`]),
      ...(time === undefined ? [] : [`-mocktime=${time}`]),
      ...args,
    ];
  }
}

/** A node alone: it opens no port but the one for RPC. */
const OFFLINE = ['-listen=0', '-dnsseed=0', '-discover=0', '-connect=0'];

/** Without the self-checks after each block that regtest turns on. */
const FAST = ['-checkblockindex=0', '-checkmempool=0', '-printtoconsole=0', '-rpcworkqueue=256'];

/**
 * What Knots refuses to relay, beyond Core's policy, is wanted in tests: data of all sorts, bare keys and multisig, full
 * blocks. A node that does not know one of these flags is not given it.
 *
 * No flag moves one limit of Knots 29.4: its mempool refuses outputs whose script is longer than 34 bytes, or 83 for an
 * OP_RETURN ("bad-txns-vout-script-toolarge"). Blocks may hold them: `mineBlock`.
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

/** The flags that a bitcoind knows, by its own help. */
function flagsOf(bitcoind: string): Promise<Set<string>> {
  let flags = flagsByProgram.get(bitcoind);
  if (!flags) {
    flags = askFlags(bitcoind);
    flagsByProgram.set(bitcoind, flags);
  }
  return flags;
}

async function askFlags(bitcoind: string): Promise<Set<string>> {
  await using sandbox = new Sandbox('help'); // even for its help it wants a folder to write to
  const args = ['-help', '-help-debug', '-nosettings', `-datadir=${sandbox.folder}`];
  const { stdout } = await promisify(execFile)(bitcoind, args);
  return new Set([...stdout.matchAll(/^ {2}-(\w+)/gm)].map((match) => match[1]!));
}

/** As Core's share/rpcauth makes it. Unlike -rpcpassword it leaves the cookie in place. */
function rpcAuth(user: string, password: string): string {
  const salt = 'b17c';
  return `${user}:${salt}$${createHmac('sha256', salt).update(password).digest('hex')}`;
}
