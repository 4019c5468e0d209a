import { gathered, isCut, type NodeAnswer } from '../../src/rpc/http.ts';

/** How often in a row a connection may be cut before more of the body arrives. */
const MOST_CUTS = 5;

/**
 * The body of an answer that is the same whenever it is requested. If its connection is cut, it is requested again, and
 * the bytes that were already read are skipped.
 */
export class LastingAnswer implements AsyncIterableIterator<Uint8Array> {
  #answer: NodeAnswer;
  readonly #ask: () => Promise<NodeAnswer>;
  /** Bytes that the reader has. */
  #given = 0;
  /** Bytes of the current answer that have arrived. */
  #come = 0;
  #cuts = 0;
  #isOver = false;

  constructor(answer: NodeAnswer, ask: () => Promise<NodeAnswer>) {
    this.#answer = answer;
    this.#ask = ask;
  }

  get headers(): Headers {
    return this.#answer.headers;
  }

  /** @throws the errors of NodeAnswer and of the repeated request */
  async next(): Promise<IteratorResult<Uint8Array>> {
    while (!this.#isOver) {
      const result = await this.#next();
      if (result?.done) return result;
      const piece = result && this.#newIn(result.value);
      if (piece) return { done: false, value: piece };
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#isOver = true;
    return this.#answer.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The whole body. */
  bytes(): Promise<Buffer> {
    return gathered(this);
  }

  /** Null if the connection was cut and the body was requested again. */
  async #next(): Promise<IteratorResult<Uint8Array> | null> {
    try {
      return await this.#answer.next();
    } catch (error) {
      if (!isCut(error) || this.#cuts === MOST_CUTS) throw error;
    }
    this.#cuts += 1;
    this.#answer = await this.#ask();
    this.#come = 0;
    // A reader that left meanwhile could close only the earlier answer.
    if (this.#isOver) await this.#answer.return();
    return null;
  }

  /** The part that the reader does not have yet; null if there is none. */
  #newIn(piece: Uint8Array): Uint8Array | null {
    const known = Math.max(0, Math.min(piece.length, this.#given - this.#come));
    this.#come += piece.length;
    if (known === piece.length) return null;
    this.#given = this.#come;
    this.#cuts = 0;
    return known === 0 ? piece : piece.subarray(known);
  }
}
