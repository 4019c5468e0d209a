import type { Request } from './calls.ts';

/** The work of the writing thread; one piece of it is done in each turn. */
export interface TurnWork {
  answer(request: Request): void;
  /** Merges for a moment. False if nothing is left to merge. */
  merge(): boolean;
  /** Whether merging has fallen behind writing. */
  readonly owesMerging: boolean;
}

/**
 * Decides what the writing thread does next. Changes of the state go first, so they wait only for the current piece of
 * work; writes wait while merging is behind; and whenever no request waits, merging continues.
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

  /** Messages that have arrived meanwhile are received between two turns. */
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
    // A store that closes leaves the merging to the next that opens it.
    const isClosing = this.#waiting.some(({ call }) => call === 'close');
    const isHeld = this.#waiting[0]?.call === 'write' && this.#work.owesMerging && !isClosing;
    return isHeld ? undefined : this.#waiting.shift();
  }
}
