import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JsonRpcError, postCalls, resultOf } from '../src/rpc/json-rpc.ts';
import { freePort } from './free-port.ts';
import { MINER_ADDRESS } from './lock.ts';
import { OwnBitcoind } from './own-bitcoind.ts';
import { type FlagOptions, knownFlags, regtestFlags } from './regtest-flags.ts';
import { oneLine, Sandbox, type SandboxProcess } from './sandbox.ts';
import { until } from './until.ts';

export interface RegtestOptions extends FlagOptions {
  /** The program. */
  readonly bitcoind: string;
  /** Ends the waiting for its start. */
  readonly signal?: AbortSignal | undefined;
}

/** The fields of `getblock HASH 1` that tests use. */
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
 * Starts a real bitcoind on regtest, with its own folder and port; it is ready when this resolves. It is removed by `close`,
 * at the end of an `await using`, and when this process ends.
 */
export async function startRegtest(options: RegtestOptions): Promise<RegtestNode> {
  const known = await knownFlags(options.bitcoind);
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
  readonly zmqPort: number;
  #options: RegtestOptions;
  readonly #own: OwnBitcoind;
  #process: SandboxProcess | undefined;

  /** Use `startRegtest`. */
  constructor(known: ReadonlySet<string>, [port, zmqPort]: readonly [number, number], options: RegtestOptions) {
    this.#known = known;
    this.#options = options;
    this.port = port;
    this.zmqPort = zmqPort;
    this.datadir = this.#sandbox.folder;
    this.#own = new OwnBitcoind(this);
  }

  /** The URL of RPC, and of REST under /rest. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get urlWithPassword(): string {
    return `http://${this.user}:${this.password}@127.0.0.1:${this.port}`;
  }

  /** The other way to log in. bitcoind writes a new cookie at each start. */
  get cookiePath(): string {
    return join(this.datadir, 'regtest', '.cookie');
  }

  /** The folder of blk00000.dat, rev00000.dat and xor.dat. */
  get blocksPath(): string {
    return join(this.datadir, 'regtest', 'blocks');
  }

  /** Undefined if there is no such program. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves when bitcoind has ended for any reason. */
  get ended(): Promise<unknown> {
    return this.#process?.ended ?? Promise.resolve();
  }

  /** The last lines that bitcoind printed and wrote into its log. */
  output(): string {
    const log = join(this.datadir, 'regtest', 'debug.log');
    const logged = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-5) : [];
    return [this.#process?.output() ?? '', ...logged].join('\n').trim();
  }

  /** Removes a file elsewhere together with the node. */
  removeWithIt(file: string): void {
    this.#sandbox.removeWithIt(file);
  }

  get running(): boolean {
    return this.#process !== undefined && this.#process.result === undefined;
  }

  /**
   * Calls the node. Amounts are BTC as JSON numbers, which `toSatoshis` converts; no number on regtest exceeds a JavaScript
   * number.
   * @throws JsonRpcError if the node refuses the call; BitqlError NODE_UNREACHABLE
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

  /** Mines blocks with the transactions of the mempool, and returns their hashes. */
  mine(count: number, address: string = MINER_ADDRESS): Promise<string[]> {
    return this.rpc('generatetoaddress', count, address);
  }

  /**
   * Mines one block with exactly these transactions, in this order: txids of the mempool, or raw transactions in hex, standard
   * or not. Other transactions stay in the mempool.
   * @param output an address, or a descriptor such as `raw(6a)`
   */
  async mineBlock(transactions: readonly string[], output: string = MINER_ADDRESS): Promise<string> {
    const { hash } = await this.rpc<{ hash: string }>('generateblock', output, transactions);
    return hash;
  }

  /** Sets the node's clock, for block and arrival times. It stays there, also after a restart. */
  async setTime(time: number): Promise<void> {
    this.#options = { ...this.#options, time };
    await this.rpc('setmocktime', time);
  }

  async start(): Promise<void> {
    if (this.running) throw new Error('bitcoind is already running');
    const flags = regtestFlags(this.#options, this, this.#known);
    const process = this.#sandbox.start('bitcoind', this.#options.bitcoind, flags);
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

  /** Stops it properly, so that it saves everything; the folder stays for `start`. */
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
}
