import Client from 'bitcoin-core';
import { BitqlError } from '../../src/errors.ts';
import { currentCredentials, type NodeAddress } from './credentials.ts';

/** The part of the client's options and methods that is used; the package carries no types that fit. */
interface RpcClient {
  command(method: string, ...parameters: unknown[]): Promise<unknown>;
}

/** RPC error codes of bitcoind (src/rpc/protocol.h), and HTTP statuses where the answer is not JSON. */
const RPC_IN_WARMUP = -28;
const RPC_MISC_ERROR = -1;
const REFUSED_LOGIN = new Set([401, 403]);
/** HTTP statuses from here on, without an RPC error: overloaded (500 in older nodes, then 503), or a proxy's word for it. */
const SERVER_ERROR = 500;

const SILENT = { debug() {}, info() {}, warn() {}, error() {}, trace() {} };
const TIMEOUT_MS = 120_000;

/** JSON-RPC calls, with the node's and the network's failures told apart. */
export class Rpc {
  readonly #address: NodeAddress;
  #client: RpcClient | undefined;
  #hasAnswered = false;

  constructor(address: NodeAddress) {
    this.#address = address;
  }

  /** The result of a call. Numbers of more than 15 digits arrive as strings. */
  async call(method: string, ...parameters: unknown[]): Promise<unknown> {
    try {
      this.#client ??= this.#connect();
      const result = await this.#client.command(method, ...parameters);
      this.#hasAnswered = true;
      return result;
    } catch (error) {
      // Next time with a fresh cookie: a restarted node has a new one.
      this.#client = undefined;
      throw this.#toBitqlError(error, method);
    }
  }

  #connect(): RpcClient {
    const host = this.#address.url.origin;
    return new Client({ host, ...currentCredentials(this.#address), timeout: TIMEOUT_MS, logger: SILENT }) as RpcClient;
  }

  /** A node that stops deletes its cookie, and writes another when it starts: whoever was let in before may wait for it. */
  #hasNewCookie(code: unknown): boolean {
    const isRefusal = code === 'NODE_UNAUTHORIZED' || REFUSED_LOGIN.has(Number(code));
    return isRefusal && this.#hasAnswered && this.#address.credentials === null;
  }

  #toBitqlError(error: unknown, method: string): BitqlError {
    const { code, message } = error as { code?: unknown; message: string };
    const node = `bitcoind at ${this.#address.url.origin}`;
    if (this.#hasNewCookie(code)) {
      return new BitqlError(
        'NODE_UNREACHABLE',
        `${node} has stopped or restarted: its cookie is not valid now.`,
        error,
      );
    }
    if (error instanceof BitqlError) return error;
    if (typeof code === 'string') {
      return new BitqlError(
        'NODE_UNREACHABLE',
        `${node} does not answer (${code}): is it running, with -server?`,
        error,
      );
    }
    if (REFUSED_LOGIN.has(Number(code))) {
      return new BitqlError(
        'NODE_UNAUTHORIZED',
        `${node} refuses the login (HTTP ${code}): check user and password of --node, or rpcallowip.`,
        error,
      );
    }
    if (Number(code) >= SERVER_ERROR) {
      return new BitqlError('NODE_UNREACHABLE', `${node} cannot answer now, perhaps overloaded (HTTP ${code}).`, error);
    }
    if (code === RPC_IN_WARMUP) return new BitqlError('NODE_WARMING_UP', `${node} is starting: ${message}`, error);
    if (code === RPC_MISC_ERROR && /pruned/i.test(message)) return prunedError(node, error);
    if (code === undefined) {
      return new BitqlError(
        'NODE_REFUSED',
        `${node} does not answer ${method} as bitcoind does: is it one? (${message})`,
        error,
      );
    }
    return new BitqlError('NODE_REFUSED', `${node} answers ${method} with error ${String(code)}: ${message}`, error);
  }
}

/** bitcoind's own code of a refused call (src/rpc/protocol.h), such as -8; undefined for any other error. */
export function rpcCode(error: unknown): number | undefined {
  if (!(error instanceof BitqlError) || error.code !== 'NODE_REFUSED') return undefined;
  return Number((error.cause as { code?: unknown } | undefined)?.code);
}

export function prunedError(node: string, cause?: unknown): BitqlError {
  return new BitqlError(
    'NODE_PRUNED',
    `${node} has pruned a block that is needed: start the index higher up (--from) in a new store, or use a node that keeps its blocks.`,
    cause,
  );
}
