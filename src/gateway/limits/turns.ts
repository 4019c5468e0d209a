import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** How long one turn of the event loop may go on with what can wait, in milliseconds. */
const SLICE_MS = 8;

/**
 * Has what keeps the whole process busy for long happen one by one, and leaves the time that it took to everything else: so half
 * of the time is always there for what is quick.
 */
export class Turns {
  #waiting: (() => void)[] = [];
  #isLetting = false;
  /** What was let go on has taken, and others were not left yet, in milliseconds. */
  #debt = 0;
  /** When something was first asked in this turn of the event loop. */
  #since: number | null = null;

  /** Resolves when it is the caller's turn: what it does before it waits for anything is counted. */
  next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    if (!this.#isLetting) void this.#letGoOn();
    return promise;
  }

  /** To be asked between pieces of work. @returns null where this turn of the event loop has not taken long yet */
  goOn(): Promise<void> | null {
    const now = performance.now();
    if (this.#since === null) {
      this.#since = now;
      setImmediate(() => {
        this.#since = null;
      });
      return null;
    }
    return now - this.#since < SLICE_MS ? null : this.next();
  }

  async #letGoOn(): Promise<void> {
    this.#isLetting = true;
    await nextTurn();
    while (this.#waiting.length > 0) {
      for (const goOn of this.#waiting.splice(0)) {
        const begun = performance.now();
        goOn();
        await nextTurn();
        this.#debt += performance.now() - begun;
        if (this.#debt < SLICE_MS) continue;
        await sleep(this.#debt);
        this.#debt = 0;
      }
    }
    this.#isLetting = false;
  }
}
