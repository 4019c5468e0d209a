import { BitqlError } from '../errors.ts';
import { blockRefusal } from './block-refusal.ts';
import { RPC_CODES, rpcCode, unrefused } from './codes.ts';
import { findCookieFile } from './cookie-files.ts';
import { type Credentials, type NodeAddress, readCookie } from './credentials.ts';
import { ForbiddenCallError, isUnavailable } from './forbidden-call.ts';
import { nodeAt } from './http.ts';
import { type JsonRpcAnswer, postCalls, resultOf } from './json-rpc.ts';
import { longestAnswer } from './longest-answers.ts';
import { AnswerTooLongError } from './node-answer.ts';
import { withoutCall } from './node-calls.ts';
import { Pace } from './pace.ts';

/** What passes by itself. */
const NOT_NOW: ReadonlySet<unknown> = new Set([
  RPC_CODES.FORBIDDEN_BY_SAFE_MODE,
  RPC_CODES.OUT_OF_MEMORY,
  RPC_CODES.CLIENT_NOT_CONNECTED,
  RPC_CODES.CLIENT_IN_INITIAL_DOWNLOAD,
]);
/** HTTP statuses where the answer is not JSON. */
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
/** HTTP statuses from here on, without an RPC error: overloaded (500 in older nodes, then 503), or a proxy's word for it. */
const SERVER_ERROR = 500;
/** HTTP statuses without an RPC error that are of somebody before the node. */
const REDIRECTION = 300;
const CLIENT_ERROR = 400;
const NOT_THERE = new Set([404, 405, 410]);
/** Whose password stands in the cookie file. */
const COOKIE_USER = '__cookie__';
/** Calls that change nothing, and so may be made twice. */
const READS = /^(get|test|decode|activezmq)/;
/** A node may have its chain locked for long, while it writes its cache to a slow disk. */
const TIMEOUT_MS = 120_000;

export interface RpcOptions {
  /** How long the node may keep a call waiting, in milliseconds [120,000]. */
  readonly timeoutMs?: number;
  /** The longest answer, in bytes, whatever the method [that of the method]. */
  readonly maxAnswerBytes?: number;
  /** Ends all calls. */
  readonly signal?: AbortSignal | undefined;
  /** Calls that may be under way, those that wait for their turn among them; more are refused [any number]. */
  readonly atOnce?: number;
  /** Told once of each call that helps and that the node does not have, or forbids; and what happens without it. */
  readonly onUnavailable?: ((message: string) => void) | undefined;
  /** How fast the node is asked, by all that share it [one of its own]. */
  readonly pace?: Pace;
}

export interface RpcCallOptions {
  /** The longest answer to each call, in bytes [that of the method]. */
  readonly maxAnswerBytes?: number;
  /** Ends the call. A reason that is a BitqlError is what the call fails with. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * JSON-RPC calls, with the node's and the network's failures told apart. Each ends in its time, and reads no more than
 * it may be answered. One that the node has no room for is made again, at its `Pace`.
 */
export class Rpc {
  readonly #address: NodeAddress;
  readonly #options: RpcOptions;
  /** Undefined until it is needed, and after each failure: a restarted node has a new cookie. Null: none is needed. */
  #credentials: Credentials | null | undefined;
  /** Once it was there. While its node starts again, that of another may be the only one. */
  #cookieFile: string | null;
  readonly #pace: Pace;
  #hasAnswered = false;
  /** Calls that help, and that the node does not have or forbids. */
  readonly #unavailable = new Set<string>();
  #underWay = 0;

  constructor(address: NodeAddress, options: RpcOptions = {}) {
    this.#address = address;
    this.#cookieFile = address.cookieFile;
    this.#options = options;
    this.#pace = options.pace ?? new Pace();
  }

  /** Who is asked, with the port where it is not the usual one. */
  get host(): string {
    return this.#address.url.host;
  }

  /** The same calls, which end at a signal too. A reason that is a BitqlError is what they fail with. */
  until(signal: AbortSignal): Rpc {
    return new Rpc(this.#address, { ...this.#options, pace: this.#pace, signal });
  }

  /** The result of a call. Its numbers are as exact as JavaScript's. */
  call(method: string, ...parameters: unknown[]): Promise<unknown> {
    return this.callWith({}, method, ...parameters);
  }

  /** As `call`, of one that only helps (`NODE_CALLS`): undefined where the node does not have it, or forbids it. It is then asked no more. */
  async callIfAvailable(method: string, ...parameters: unknown[]): Promise<unknown> {
    if (this.#unavailable.has(method)) return undefined;
    try {
      return await this.call(method, ...parameters);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#unavailable.add(method);
      const { onUnavailable } = this.#options;
      onUnavailable?.(`${(error as Error).message.replace(/\.$/, '')}. Without it, ${withoutCall(method)}.`);
      return undefined;
    }
  }

  /** As `call`, within bounds of its own. */
  async callWith(options: RpcCallOptions, method: string, ...parameters: unknown[]): Promise<unknown> {
    const [result] = await this.calls(method, [parameters], options);
    return unrefused(result);
  }

  /**
   * The results of many calls of one method in one go, or what the node refuses one with.
   * @throws BitqlError what keeps it from answering at all
   */
  async calls(
    method: string,
    calls: readonly (readonly unknown[])[],
    options: RpcCallOptions = {},
  ): Promise<unknown[]> {
    if (calls.length === 0) return [];
    try {
      const answers = await this.#attempt(method, () => this.#post(method, calls, options));
      return answers.map((answer) => resultOrRefusal(answer, nodeAt(this.#address.url.origin), method));
    } catch (error) {
      if (!(error instanceof AnswerTooLongError) || calls.length === 1) throw error;
      const half = Math.ceil(calls.length / 2);
      return [
        ...(await this.calls(method, calls.slice(0, half), options)),
        ...(await this.calls(method, calls.slice(half), options)),
      ];
    }
  }

  async #post(
    method: string,
    calls: readonly (readonly unknown[])[],
    { signal, maxAnswerBytes }: RpcCallOptions,
  ): Promise<JsonRpcAnswer[]> {
    const { timeoutMs = TIMEOUT_MS, signal: end, maxAnswerBytes: most = Number.POSITIVE_INFINITY } = this.#options;
    const maxBytes = Math.min(longestAnswer(method, calls.length, maxAnswerBytes), most);
    const signals = [signal, end].filter((one) => one !== undefined);
    const post = () => postCalls(this.#address.url, this.#logIn(), { method, calls, maxBytes, timeoutMs, signals });
    return this.#pace.run(post, { signals, isRepeatable: READS.test(method) });
  }

  async #attempt<T>(method: string, call: () => Promise<T>): Promise<T> {
    this.#refuseIfBusy();
    this.#underWay += 1;
    try {
      const result = await call();
      this.#hasAnswered = true;
      return result;
    } catch (error) {
      this.#credentials = undefined;
      throw this.#toBitqlError(error, method);
    } finally {
      this.#underWay -= 1;
    }
  }

  #refuseIfBusy(): void {
    const { atOnce = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#underWay < atOnce) return;
    throw new BitqlError(
      'NODE_UNREACHABLE',
      `${nodeAt(this.#address.url.origin)} has ${atOnce} calls to answer, the maximum at once: try again.`,
    );
  }

  #logIn(): Credentials | null {
    if (this.#credentials === undefined) this.#credentials = this.#address.credentials ?? this.#cookie();
    return this.#credentials;
  }

  #cookie(): Credentials | null {
    const { url, network } = this.#address;
    const file = this.#cookieFile ?? findCookieFile(url, network);
    if (file === null) return null;
    const credentials = readCookie(file, url);
    this.#cookieFile = file;
    return credentials;
  }

  /** A node that stops deletes its cookie, and writes another when it starts: whoever was let in before may wait for it. */
  #hasNewCookie(code: unknown): boolean {
    const isRefusal = code === 'NODE_UNAUTHORIZED' || code === UNAUTHORIZED;
    return isRefusal && this.#hasAnswered && this.#cookieFile !== null && this.#address.credentials === null;
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
    if (code === FORBIDDEN) return new ForbiddenCallError(node, method, this.#user(), error);
    return error instanceof BitqlError ? error : explain(error, node, method);
  }

  #user(): string {
    return this.#address.credentials?.username ?? COOKIE_USER;
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
  if (code === UNAUTHORIZED) {
    return new BitqlError(
      'NODE_UNAUTHORIZED',
      `${node} refuses the login (HTTP ${code}): check user and password of --node, or --cookie, and rpcallowip.`,
      error,
    );
  }
  if (Number(code) >= SERVER_ERROR) {
    return new BitqlError('NODE_UNREACHABLE', `${node} cannot answer now, perhaps overloaded (HTTP ${code}).`, error);
  }
  if (Number(code) >= REDIRECTION) {
    return new BitqlError(
      'NODE_REFUSED',
      `${node} answers ${method} with HTTP ${code}: ${cureOf(Number(code))}`,
      error,
    );
  }
  if (code === RPC_CODES.IN_WARMUP) return new BitqlError('NODE_WARMING_UP', `${node} is starting: ${message}`, error);
  if (NOT_NOW.has(code)) {
    return new BitqlError('NODE_UNREACHABLE', `${node} cannot answer ${method} now (error ${code}): ${message}`, error);
  }
  const blockRefused = code === RPC_CODES.MISC_ERROR ? blockRefusal(node, message, error) : null;
  if (blockRefused !== null) return blockRefused;
  if (code === undefined) {
    return new BitqlError(
      'NODE_REFUSED',
      `${node} does not answer ${method} as bitcoind does. Is it bitcoind? (${message})`,
      error,
    );
  }
  return new BitqlError('NODE_REFUSED', `${node} answers ${method} with error ${String(code)}: ${message}`, error);
}

/** What helps against an HTTP status of somebody before the node. */
function cureOf(status: number): string {
  if (status < CLIENT_ERROR) return 'it redirects. Give --node the address that it redirects to, with its path.';
  if (NOT_THERE.has(status)) return 'there is no node at this address. Check host, port and path of --node.';
  return 'a server in front of the node refuses it.';
}
