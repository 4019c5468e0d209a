import Client from 'bitcoin-core';

/** What is used of the client; its own types fit neither its options nor its methods. */
interface BitcoinCore {
  getBlockCount(): Promise<number>;
  stop(): Promise<string>;
}

export interface OwnBitcoindOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** Of silence. Whether it is up is asked again; to stop is not. */
const UP_MS = 2_000;
const STOP_MS = 30_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {}, trace() {} };
/** Errors that RPC itself gives are negative; a positive one is an HTTP status. */
const RPC_IN_WARMUP = -28;

/**
 * Tells whether a bitcoind that this process has started is up, and stops it. These two calls, with answers of a line, are
 * what the package bitcoin-core is for: it bounds neither what it reads nor all of the time that this takes
 * (docs/decisions.md), so nothing else goes through it.
 */
export class OwnBitcoind {
  readonly #options: OwnBitcoindOptions;

  constructor(options: OwnBitcoindOptions) {
    this.#options = options;
  }

  /** False while it warms up or does not listen yet. @throws Error what it refuses the call with */
  async isUp(): Promise<boolean> {
    try {
      await this.#client(UP_MS).getBlockCount();
      return true;
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (typeof code === 'number' && code < 0 && code !== RPC_IN_WARMUP) throw error;
      return false;
    }
  }

  /** Has it save all and end; it has not ended yet when this resolves. */
  async stop(): Promise<void> {
    await this.#client(STOP_MS).stop();
  }

  #client(timeout: number): BitcoinCore {
    const { url, user, password } = this.#options;
    const options = { host: url, username: user, password, timeout, logger: SILENT };
    return new Client(options) as unknown as BitcoinCore;
  }
}
