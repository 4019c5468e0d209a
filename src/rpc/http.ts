import { BitqlError } from '../errors.ts';
import { requestFailure, wrongAddress } from '../failures/network.ts';

/** A request and its bounds, because a node is not trusted to keep any. */
export interface Question {
  /** Its name in messages: a method, or a path. */
  readonly what: string;
  /** The longest answer, in bytes as received. */
  readonly maxBytes: number;
  /**
   * How long the node may keep us waiting, in milliseconds. For answers that may be very long, there is an extra second
   * for each 64 KB.
   */
  readonly timeoutMs: number;
  /** Each ends the request, and the reading of its answer. If the reason is a BitqlError, that is thrown. */
  readonly signals?: readonly AbortSignal[];
}

/**
 * Requests a path of the node. Redirects are not followed, because the login is for this node.
 * @param at the node's address, which may have its own path and query. They may be secret, so messages only have its
 *   origin
 * @param path relative to that of the address, such as /rest/headers/x.bin?count=1; empty for the address itself
 * @returns the answer with its body unread, whatever its status
 * @throws NODE_UNREACHABLE, or the reason of a signal
 */
export async function request(
  at: URL,
  path: string,
  { what, maxBytes, timeoutMs, signals }: Question,
  init: RequestInit = {},
): Promise<NodeAnswer> {
  const clock = new CallClock(timeoutMs, signals);
  try {
    const response = await clock.wait(fetch(below(at, path), { ...init, redirect: 'manual', signal: clock.signal }));
    return new NodeAnswer(response, { origin: at.origin, what, maxBytes, clock });
  } catch (error) {
    clock[Symbol.dispose]();
    throw unreachable(at.origin, clock.signal.aborted ? clock.signal.reason : error);
  }
}

function below(at: URL, path: string): URL {
  if (path === '') return at;
  const [pathname = '', query = ''] = path.split('?');
  const url = new URL(at);
  url.pathname = at.pathname.replace(/\/$/, '') + pathname;
  url.search = [at.search.slice(1), query].filter((part) => part !== '').join('&');
  return url;
}

interface AnswerBounds {
  readonly origin: string;
  /** The request's name in messages. */
  readonly what: string;
  /** The longest body, in bytes as received. */
  readonly maxBytes: number;
  /** Ends the answer; it is disposed of with it. */
  readonly clock: CallClock;
}

/** The most bytes that are read of a body with an error. */
const MAX_REASON_BYTES = 64 * 1024;
/** Answers that may be longer than this get extra time. */
const PATIENT_FROM_BYTES = 16 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

/** A body that is longer than any valid answer to the request. */
export class AnswerTooLongError extends BitqlError {
  constructor({ origin, what, maxBytes }: AnswerBounds) {
    const size = maxBytes < MEBIBYTE ? `${Math.ceil(maxBytes / 1024)} KiB` : `${Math.ceil(maxBytes / MEBIBYTE)} MiB`;
    super(
      'NODE_REFUSED',
      `${nodeAt(origin)} answers ${what} with more than ${size}, which bitcoind never does. Is it bitcoind, without a proxy in front of it?`,
    );
  }
}

/**
 * An answer whose body is read on demand, within its bounds. Call `return` unless it is read to its end. Not a
 * generator: the `return` of a generator that has not begun would leave the connection open.
 */
export class NodeAnswer implements AsyncIterableIterator<Uint8Array> {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #bounds: AnswerBounds;
  #read = 0;

  constructor(response: Response, bounds: AnswerBounds) {
    const { ok, status, statusText, headers, body } = response;
    this.ok = ok;
    this.status = status;
    this.statusText = statusText;
    this.headers = headers;
    this.#reader = body?.getReader();
    this.#bounds = ok ? bounds : { ...bounds, maxBytes: Math.min(bounds.maxBytes, MAX_REASON_BYTES) };
    bounds.clock.signal.addEventListener('abort', () => void this.return());
  }

  /** @throws NODE_UNREACHABLE if the connection is cut, or too slow; AnswerTooLongError; the reason of a signal */
  async next(): Promise<IteratorResult<Uint8Array>> {
    const { clock, origin } = this.#bounds;
    try {
      this.#count(0);
      const { done = true, value } = this.#reader === undefined ? {} : await clock.wait(this.#reader.read());
      clock.signal.throwIfAborted();
      if (done) return await this.return();
      this.#count(value!.length);
      return { done, value: value! };
    } catch (error) {
      await this.return();
      throw unreachable(origin, clock.signal.aborted ? clock.signal.reason : error);
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#bounds.clock[Symbol.dispose]();
    await this.#reader?.cancel().catch(() => {});
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The whole body. */
  bytes(): Promise<Buffer> {
    return gathered(this);
  }

  #count(bytes: number): void {
    const { maxBytes, clock } = this.#bounds;
    this.#read += bytes;
    const isTooLong = this.#read > maxBytes || Number(this.headers.get('content-length')) > maxBytes;
    if (isTooLong) throw new AnswerTooLongError(this.#bounds);
    if (maxBytes > PATIENT_FROM_BYTES) clock.earn(bytes);
  }
}

/** The pieces of a body, joined. */
export async function gathered(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Slowest rate of a long answer: a slower one only pretends to make progress. */
const SLOWEST_BYTES_PER_MS = 64;

/**
 * Ends a call when the node has kept us waiting for too long, or at a signal of the caller. Only time spent waiting for
 * the node counts, because a large block is read only as fast as it is indexed. (`AbortSignal.any` and
 * `AbortSignal.timeout` are not used, because a listener must be removed from a signal that lives as long as the
 * process.)
 */
class CallClock implements Disposable {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #outer: readonly AbortSignal[];
  /** Milliseconds of waiting that are left. */
  #left: number;

  /** @param timeoutMs the longest single wait, and the longest wait in all unless time is earned */
  constructor(timeoutMs: number, outer: readonly AbortSignal[] = []) {
    this.#timeoutMs = timeoutMs;
    this.#left = timeoutMs;
    this.#outer = outer;
    for (const signal of outer) signal.addEventListener('abort', this.#pass);
    if (outer.some(({ aborted }) => aborted)) this.#pass();
  }

  /** Aborts with the caller's reason, or with a TimeoutError. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for the node, with the time running. */
  async wait<T>(coming: Promise<T>): Promise<T> {
    const began = performance.now();
    const timer = setTimeout(() => this.#expire(), Math.min(this.#left, this.#timeoutMs));
    try {
      return await coming;
    } finally {
      clearTimeout(timer);
      this.#left -= performance.now() - began;
    }
  }

  /** Allows extra time for bytes that have arrived. */
  earn(bytes: number): void {
    this.#left += bytes / SLOWEST_BYTES_PER_MS;
  }

  [Symbol.dispose](): void {
    for (const signal of this.#outer) signal.removeEventListener('abort', this.#pass);
  }

  #expire(): void {
    const seconds = this.#timeoutMs / 1_000;
    this.#controller.abort(new DOMException(`it did not answer within ${seconds} s`, 'TimeoutError'));
  }

  readonly #pass = (): void => this.#controller.abort(this.#outer.find(({ aborted }) => aborted)?.reason);
}

/** The name of a node in messages, by its origin, such as http://127.0.0.1:8332. */
export function nodeAt(origin: string): string {
  return `bitcoind at ${origin}`;
}

/** Shorter parts of a path are no secrets. */
const SECRET_LENGTH = 8;

/**
 * A server's text without parts of the path and the query of its address: these may be secret, and error pages repeat
 * them.
 */
export function withoutSecrets(text: string, { pathname, searchParams }: URL): string {
  const parts = [...pathname.split('/'), ...searchParams.keys(), ...searchParams.values()];
  const secrets = parts.filter(({ length }) => length >= SECRET_LENGTH);
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
}

/** @param error thrown by `fetch`, or by reading its body; a BitqlError is returned unchanged */
export function unreachable(origin: string, error: unknown): BitqlError {
  if (error instanceof BitqlError) return error;
  const why = requestFailure(error);
  const message =
    wrongAddress(error) === null
      ? `${nodeAt(origin)} does not answer: ${why}. Is it running, with -server?`
      : `${nodeAt(origin)} cannot be reached: ${why}.`;
  return new BitqlError('NODE_UNREACHABLE', message, error);
}

/** Codes of `fetch` for a connection that the other side ended. */
const CUT = new Set(['ECONNRESET', 'ECONNABORTED', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']);

/** Whether it is the error that `unreachable` makes of a cut connection: then the node may well be running. */
export function isCut(error: unknown): boolean {
  if (!(error instanceof BitqlError) || error.code !== 'NODE_UNREACHABLE') return false;
  const cause = (error.cause ?? {}) as { code?: unknown; cause?: { code?: unknown } };
  return CUT.has(String(cause.cause?.code ?? cause.code));
}
