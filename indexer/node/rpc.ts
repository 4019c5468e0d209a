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
const OVERLOADED = 503;

const SILENT = { debug() {}, info() {}, warn() {}, error() {}, trace() {} };
const TIMEOUT_MS = 120_000;

/** JSON-RPC calls, with the node's and the network's failures told apart. */
export class Rpc {
  readonly #address: NodeAddress;
  #client: RpcClient | undefined;

  constructor(address: NodeAddress) {
    this.#address = address;
  }

  /** The result of a call. Numbers of more than 15 digits arrive as strings. */
  async call(method: string, ...parameters: unknown[]): Promise<unknown> {
    try {
      this.#client ??= this.#connect();
      return await this.#client.command(method, ...parameters);
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

  #toBitqlError(error: unknown, method: string): BitqlError {
    if (error instanceof BitqlError) return error;
    const { code, message } = error as { code?: unknown; message: string };
    const node = `bitcoind at ${this.#address.url.origin}`;
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
    if (code === OVERLOADED) return new BitqlError('NODE_UNREACHABLE', `${node} is overloaded (HTTP 503).`, error);
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
