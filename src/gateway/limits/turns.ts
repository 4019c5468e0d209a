import { setImmediate, setTimeout as sleep } from 'node:timers/promises';

/**
 * Has what keeps the whole process busy for long happen one by one, and leaves the time that each took to everything else: so
 * half of the time is always there for what is quick.
 */
export class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when it is the caller's turn: what it does before it waits for anything is counted. */
  async next(): Promise<void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    const begun = performance.now();
    void setImmediate()
      .then(() => sleep(performance.now() - begun))
      .then(resolve);
  }
}
