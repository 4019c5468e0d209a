import { Deadline } from '../../../src/waiting.ts';

/** The deadline of several calls together. Time runs while at least one is under way, and not while calls wait for their turn. */
export class CallsDeadline extends Deadline {
  #underWay = 0;
  #resume = this.pause();

  /** @param call ends at the signal */
  async during<T>(call: () => Promise<T>): Promise<T> {
    if (this.#underWay++ === 0) this.#resume();
    try {
      return await call();
    } finally {
      if (--this.#underWay === 0) this.#resume = this.pause();
    }
  }
}
