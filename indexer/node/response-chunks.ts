import { unreachable } from '../../src/rpc/http.ts';

/**
 * The body of a response, read as it is asked for. Not a generator: the `return` of one that was not begun would leave
 * the connection open.
 */
export class ResponseChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #origin: string;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(response: Response, origin: string) {
    this.#origin = origin;
    this.#reader = response.body?.getReader();
  }

  /** @throws NODE_UNREACHABLE where the connection is cut */
  async next(): Promise<IteratorResult<Uint8Array>> {
    try {
      const { done = true, value } = (await this.#reader?.read()) ?? {};
      return done ? { done, value: undefined } : { done, value: value! };
    } catch (error) {
      throw unreachable(this.#origin, error);
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.#reader?.cancel().catch(() => {});
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
