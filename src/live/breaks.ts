import { setImmediate } from 'node:timers/promises';

/** How long work may go on without a break, in milliseconds. */
const LONGEST_MS = 20;

/** Lets others go first now and then during work that belongs to many subscribers, and so to no request. */
export class Breaks {
  #since = performance.now();

  /** To be called and awaited between pieces of work. @returns null if it may continue at once */
  goOn(): Promise<void> | null {
    return performance.now() - this.#since < LONGEST_MS ? null : this.#take();
  }

  async #take(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
