import { BitqlError } from '../errors.ts';
import type { CallClock } from './call-clock.ts';
import { nodeAt, unreachable } from './http.ts';

export interface AnswerBounds {
  readonly origin: string;
  /** What was asked, for messages. */
  readonly what: string;
  /** The longest body, in bytes as they are read. */
  readonly maxBytes: number;
  /** Ends it; disposed of with it. */
  readonly clock: CallClock;
}

/** Bodies that say why there is no answer are read up to here. */
const MAX_REASON_BYTES = 64 * 1024;
/** An answer that may be longer has time for it. */
const PATIENT_FROM_BYTES = 16 * 1024 * 1024;
const MEBIBYTE = 1024 * 1024;

/** A body that is longer than any answer to what was asked. */
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
 * An answer, with its body read as it is asked for, within its bounds. Whoever does not read it to its end must `return`.
 * Not a generator: the `return` of one that was not begun would leave the connection open.
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

  /** @throws NODE_UNREACHABLE where the connection is cut, or too slow; AnswerTooLongError; the reason of a signal */
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

  /** All of the body. */
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

/** All of the pieces of a body, as one. */
export async function gathered(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}
