import Client from 'bitcoin-core';

/** The part of the client that is used here. The package's own types fit neither its options nor its methods. */
interface BitcoinCore {
  getBlockCount(): Promise<number>;
  stop(): Promise<string>;
}

export interface OwnBitcoindOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** How long it may be silent. A question whether it is up is repeated; a stop is not. */
const UP_MS = 2_000;
const STOP_MS = 30_000;
const SILENT = { debug() {}, info() {}, warn() {}, error() {}, trace() {} };
/** RPC error codes are negative; a positive code is an HTTP status. */
const RPC_IN_WARMUP = -28;

/**
 * Reports whether a bitcoind that this process has started is up, and stops it. The package bitcoin-core is used for these
 * two calls only, whose answers are one line: it bounds neither what it reads nor the whole time that this takes
 * (docs/decisions.md).
 */
export class OwnBitcoind {
  readonly #options: OwnBitcoindOptions;

  constructor(options: OwnBitcoindOptions) {
    this.#options = options;
  }

  /** False while it warms up or does not listen yet. @throws Error the node's refusal of the call */
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

  /** Makes it save everything and end. It has not ended yet when this resolves. */
  async stop(): Promise<void> {
    await this.#client(STOP_MS).stop();
  }

  #client(timeout: number): BitcoinCore {
    const { url, user, password } = this.#options;
    const options = { host: url, username: user, password, timeout, logger: SILENT };
    return new Client(options) as unknown as BitcoinCore;
  }
}
