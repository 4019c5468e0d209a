import type { Request } from './calls.ts';

/** What the writing thread does in its turns, one thing each. */
export interface TurnWork {
  answer(request: Request): void;
  /** Merges for a moment. False where nothing is left to merge. */
  merge(): boolean;
  /** Whether merging is behind what was written. */
  readonly owesMerging: boolean;
}

/**
 * Whose turn it is in the writing thread. Changes of the state go first, so that they wait for no more than what is
 * being done; writes wait while merging is behind; and whenever nobody waits, merging goes on.
 */
export class WriterTurns {
  readonly #work: TurnWork;
  readonly #waiting: Request[] = [];
  #mayMerge = true;
  #isScheduled = false;
  #isClosed = false;

  constructor(work: TurnWork) {
    this.#work = work;
    this.#schedule();
  }

  take(request: Request): void {
    this.#waiting.push(request);
    this.#schedule();
  }

  /** Requests that have come meanwhile are taken in between two turns. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#turn();
      if (this.#waiting.length > 0 || (this.#mayMerge && !this.#isClosed)) this.#schedule();
    });
  }

  #turn(): void {
    const request = this.#next();
    if (request === undefined) {
      if (!this.#isClosed) this.#mayMerge = this.#work.merge();
      return;
    }
    this.#work.answer(request);
    if (request.call === 'write') this.#mayMerge = true;
    if (request.call === 'close') this.#isClosed = true;
  }

  #next(): Request | undefined {
    const state = this.#waiting.findIndex(({ call }) => call === 'compareAndSetState');
    if (state >= 0) return this.#waiting.splice(state, 1)[0];
    // Who closes the store leaves the rest to whoever opens it next.
    const isClosing = this.#waiting.some(({ call }) => call === 'close');
    const isHeld = this.#waiting[0]?.call === 'write' && this.#work.owesMerging && !isClosing;
    return isHeld ? undefined : this.#waiting.shift();
  }
}
