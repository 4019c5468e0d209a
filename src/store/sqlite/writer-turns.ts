import type { Request } from './calls.ts';

/**
 * Decides what the writing thread does next, one request in each turn. Changes of the state go before waiting writes: a commit
 * or the renewal of a lease waits only for the write that is under way.
 */
export class WriterTurns {
  readonly #answer: (request: Request) => void;
  readonly #waiting: Request[] = [];

  constructor(answer: (request: Request) => void) {
    this.#answer = answer;
  }

  take(request: Request): void {
    this.#waiting.push(request);
    if (this.#waiting.length === 1) this.#schedule();
  }

  /** Messages that have arrived meanwhile are received between two turns. */
  #schedule(): void {
    setImmediate(() => {
      this.#answer(this.#next());
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  #next(): Request {
    const state = this.#waiting.findIndex(({ call }) => call === 'compareAndSetState');
    return this.#waiting.splice(Math.max(0, state), 1)[0]!;
  }
}
