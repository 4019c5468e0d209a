import { isCut } from '../../src/rpc/http.ts';
import { gathered, type NodeAnswer } from '../../src/rpc/node-answer.ts';

/** How often in a row a connection may be cut before any more of the body has come. */
const MOST_CUTS = 5;

/**
 * The body of an answer that is the same whenever it is asked for. Where its connection is cut, it is asked for again, and
 * what has come already is passed over.
 */
export class LastingAnswer implements AsyncIterableIterator<Uint8Array> {
  #answer: NodeAnswer;
  readonly #ask: () => Promise<NodeAnswer>;
  /** Bytes that were given to the reader. */
  #given = 0;
  /** Bytes of the answer at hand that have come. */
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

  /** @throws what NodeAnswer does, and asking again */
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

  /** All of the body. */
  bytes(): Promise<Buffer> {
    return gathered(this);
  }

  /** Null where it was cut, and is asked for again. */
  async #next(): Promise<IteratorResult<Uint8Array> | null> {
    try {
      return await this.#answer.next();
    } catch (error) {
      if (!isCut(error) || this.#cuts === MOST_CUTS) throw error;
    }
    this.#cuts += 1;
    this.#answer = await this.#ask();
    this.#come = 0;
    // Whoever left meanwhile could only close the one before.
    if (this.#isOver) await this.#answer.return();
    return null;
  }

  /** What the reader does not have yet; null for nothing. */
  #newIn(piece: Uint8Array): Uint8Array | null {
    const known = Math.max(0, Math.min(piece.length, this.#given - this.#come));
    this.#come += piece.length;
    if (known === piece.length) return null;
    this.#given = this.#come;
    this.#cuts = 0;
    return known === 0 ? piece : piece.subarray(known);
  }
}
