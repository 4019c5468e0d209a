import Client from 'bitcoin-core';
import { BitqlError } from '../errors.ts';
import { type Credentials, currentCredentials, type NodeAddress } from './credentials.ts';
import { nodeAt, pruned } from './http.ts';
import { AnswerTooLongError, type CallLimits, type JsonRpcAnswer, postCalls, resultOf } from './json-rpc.ts';

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
  /** Null until it is needed, and after each failure: a restarted node has a new cookie. */
  #credentials: Credentials | null = null;
  #client: RpcClient | null = null;
  #hasAnswered = false;
  readonly #limits: CallLimits;

  /** @param limits of `longCall` and `longCalls` [none] */
  constructor(address: NodeAddress, limits: CallLimits = {}) {
    this.#address = address;
    this.#limits = limits;
  }

  /** The result of a call. Numbers of more than 15 digits arrive as strings. */
  call(method: string, ...parameters: unknown[]): Promise<unknown> {
    return this.#attempt(method, () => this.#connect().command(method, ...parameters));
  }

  /** As `call`, for a result that may be long. Its numbers are as exact as JavaScript's. */
  async longCall(method: string, ...parameters: unknown[]): Promise<unknown> {
    const [result] = await this.longCalls(method, [parameters]);
    if (result instanceof BitqlError) throw result;
    return result;
  }

  /**
   * The results of many calls of one method in one go, or what the node refuses one with.
   * @throws BitqlError what keeps it from answering at all
   */
  async longCalls(method: string, calls: readonly (readonly unknown[])[]): Promise<unknown[]> {
    if (calls.length === 0) return [];
    try {
      const answers = await this.#attempt(method, () => this.#post(method, calls));
      return answers.map((answer) => resultOrRefusal(answer, nodeAt(this.#address.url.origin), method));
    } catch (error) {
      if (!(error instanceof AnswerTooLongError) || calls.length === 1) throw error;
      const half = Math.ceil(calls.length / 2);
      return [
        ...(await this.longCalls(method, calls.slice(0, half))),
        ...(await this.longCalls(method, calls.slice(half))),
      ];
    }
  }

  #post(method: string, calls: readonly (readonly unknown[])[]): Promise<JsonRpcAnswer[]> {
    return postCalls(this.#address.url.origin, this.#logIn(), method, calls, this.#limits);
  }

  async #attempt<T>(method: string, call: () => Promise<T>): Promise<T> {
    try {
      const result = await call();
      this.#hasAnswered = true;
      return result;
    } catch (error) {
      this.#client = null;
      this.#credentials = null;
      throw this.#toBitqlError(error, method);
    }
  }

  #logIn(): Credentials {
    this.#credentials ??= currentCredentials(this.#address);
    return this.#credentials;
  }

  #connect(): RpcClient {
    const host = this.#address.url.origin;
    this.#client ??= new Client({ host, ...this.#logIn(), timeout: TIMEOUT_MS, logger: SILENT }) as RpcClient;
    return this.#client;
  }

  /** A node that stops deletes its cookie, and writes another when it starts: whoever was let in before may wait for it. */
  #hasNewCookie(code: unknown): boolean {
    const isRefusal = code === 'NODE_UNAUTHORIZED' || REFUSED_LOGIN.has(Number(code));
    return isRefusal && this.#hasAnswered && this.#address.credentials === null;
  }

  #toBitqlError(error: unknown, method: string): BitqlError {
    const { code } = error as { code?: unknown };
    const node = nodeAt(this.#address.url.origin);
    if (this.#hasNewCookie(code)) {
      return new BitqlError(
        'NODE_UNREACHABLE',
        `${node} has stopped or restarted: its cookie is not valid now.`,
        error,
      );
    }
    return error instanceof BitqlError ? error : explain(error, node, method);
  }
}

function resultOrRefusal(answer: JsonRpcAnswer, node: string, method: string): unknown {
  try {
    return resultOf(answer);
  } catch (error) {
    const explained = explain(error, node, method);
    if (rpcCode(explained) === undefined) throw explained;
    return explained;
  }
}

/** What an error of a call means for whoever runs the indexer. */
function explain(error: unknown, node: string, method: string): BitqlError {
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code === 'string') {
    return new BitqlError('NODE_UNREACHABLE', `${node} does not answer (${code}): is it running, with -server?`, error);
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
  if (code === RPC_MISC_ERROR && /pruned/i.test(message)) return pruned(node, error);
  if (code === undefined) {
    return new BitqlError(
      'NODE_REFUSED',
      `${node} does not answer ${method} as bitcoind does: is it one? (${message})`,
      error,
    );
  }
  return new BitqlError('NODE_REFUSED', `${node} answers ${method} with error ${String(code)}: ${message}`, error);
}

/** bitcoind's own code of a refused call (src/rpc/protocol.h), such as -8; undefined for any other error. */
export function rpcCode(error: unknown): number | undefined {
  if (!(error instanceof BitqlError) || error.code !== 'NODE_REFUSED') return undefined;
  const { code } = (error.cause ?? {}) as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
}
