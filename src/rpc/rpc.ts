import { BitqlError } from '../errors.ts';
import { explain, ForbiddenCallError, isUnavailable, rpcCode, UNAUTHORIZED, UnreadError, unrefused } from './codes.ts';
import { type Credentials, findCookieFile, type NodeAddress, readCookie } from './credentials.ts';
import { AnswerTooLongError, nodeAt } from './http.ts';
import { type JsonRpcAnswer, postCalls, readFailure, resultOf } from './json-rpc.ts';
import { longestAnswer, withoutCall } from './node-calls.ts';
import { Pace } from './pace.ts';

/** HTTP status of a forbidden call, without JSON. */
const FORBIDDEN = 403;
/** The user of the cookie file. */
const COOKIE_USER = '__cookie__';
/** Calls that change nothing, so they may be repeated. */
const READS = /^(get|test|decode|estimate|activezmq)/;
/** A node may lock its chain for long while it writes its cache to a slow disk. */
const TIMEOUT_MS = 120_000;

export interface RpcOptions {
  /** How long the node may keep a call waiting, in milliseconds [120,000]. */
  readonly timeoutMs?: number;
  /** The longest answer of any method, in bytes [that of the method]. */
  readonly maxAnswerBytes?: number;
  /** Ends all calls. */
  readonly signal?: AbortSignal | undefined;
  /** The most calls at once, including those that wait for their turn; further calls are refused [any number]. */
  readonly atOnce?: number;
  /** Called once for each optional call that the node does not have, or forbids, with what happens without it. */
  readonly onUnavailable?: ((message: string) => void) | undefined;
  /** How fast the node gets requests, from all callers that share this [its own]. */
  readonly pace?: Pace;
}

export interface RpcCallOptions {
  /** The longest answer to each call, in bytes [that of the method]. */
  readonly maxAnswerBytes?: number;
  /** Ends the call. If the reason is a BitqlError, the call fails with it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * JSON-RPC calls. Failures of the node and of the network are distinguished. Each call is bounded in time and in the
 * size of its answer. A call that the node has no room for is repeated, at its `Pace`.
 */
export class Rpc {
  readonly #address: NodeAddress;
  readonly #options: RpcOptions;
  /**
   * Undefined until it is needed, and after each failure, because a restarted node has a new cookie. Null if none is
   * needed.
   */
  #credentials: Credentials | null | undefined;
  /** The cookie file, once it was found. While its node restarts, another node's cookie may be the only one. */
  #cookieFile: string | null;
  readonly #pace: Pace;
  #hasAnswered = false;
  /** Optional calls that the node does not have, or forbids. */
  readonly #unavailable = new Set<string>();
  #underWay = 0;

  constructor(address: NodeAddress, options: RpcOptions = {}) {
    this.#address = address;
    this.#cookieFile = address.cookieFile;
    this.#options = options;
    this.#pace = options.pace ?? new Pace();
  }

  /** The node's host, with its port unless that is the default one. */
  get host(): string {
    return this.#address.url.host;
  }

  /** The same calls, which also end at a signal. If its reason is a BitqlError, they fail with it. */
  until(signal: AbortSignal): Rpc {
    return new Rpc(this.#address, { ...this.#options, pace: this.#pace, signal });
  }

  /** The result of a call. Its numbers are as exact as JavaScript's. */
  call(method: string, ...parameters: unknown[]): Promise<unknown> {
    return this.callWith({}, method, ...parameters);
  }

  /**
   * Like `call`, for an optional call (`NODE_CALLS`): undefined if the node does not have it, or forbids it. Then it is
   * not tried again.
   */
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

  /** Like `call`, with its own bounds. */
  async callWith(options: RpcCallOptions, method: string, ...parameters: unknown[]): Promise<unknown> {
    const [result] = await this.calls(method, [parameters], options);
    return unrefused(result);
  }

  /**
   * The results of several calls of one method in one request; a refused call has its error as its result.
   * @throws BitqlError if there is no answer at all
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
    const bounds = { method, maxBytes, timeoutMs, signals };
    const node = nodeAt(this.#address.url.origin);
    const answers: JsonRpcAnswer[] = [];
    let open = [...calls.keys()];
    const post = async () => {
      const asked = { ...bounds, calls: open.map((i) => calls[i]!) };
      const given = await postCalls(this.#address.url, this.#logIn(), asked);
      for (const [k, i] of open.entries()) answers[i] = given[k]!;
      // Only the calls that failed are repeated.
      open = open.filter((i) => readFailure(answers[i]!) !== null);
      if (open.length > 0) throw new UnreadError(node, readFailure(answers[open[0]!]!)!);
    };
    await this.#pace.run(post, { signals, isRepeatable: READS.test(method) }).catch((error: unknown) => {
      // What the node last said of each call is explained later.
      if (!(error instanceof UnreadError)) throw error;
    });
    return answers;
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

  /**
   * A node deletes its cookie when it stops, and writes another when it starts. A caller that was logged in before may
   * wait for it.
   */
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
