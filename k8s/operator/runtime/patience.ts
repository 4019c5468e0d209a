import { Deadline } from './deadline.ts';

/** How long calls may keep us waiting, all together: time runs while one is under way, and not while one waits for its turn. */
export class Patience implements Disposable {
  readonly #deadline: Deadline;
  #underWay = 0;
  #resume: () => void;

  /** @param reason what calls end with where the time runs out */
  constructor(ms: number, reason: () => Error, outer?: AbortSignal) {
    this.#deadline = new Deadline(ms, reason, outer);
    this.#resume = this.#deadline.pause();
  }

  get signal(): AbortSignal {
    return this.#deadline.signal;
  }

  /** @param call ends at the signal */
  async during<T>(call: () => Promise<T>): Promise<T> {
    if (this.#underWay++ === 0) this.#resume();
    try {
      return await call();
    } finally {
      if (--this.#underWay === 0) this.#resume = this.#deadline.pause();
    }
  }

  [Symbol.dispose](): void {
    this.#deadline[Symbol.dispose]();
  }
}
