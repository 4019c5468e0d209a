import { setImmediate } from 'node:timers/promises';

/** Lets a call be made once at a time: all who ask before it begins share it. */
export class SharedCall<T> {
  readonly #call: () => Promise<T>;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | null = null;

  constructor(call: () => Promise<T>) {
    this.#call = call;
  }

  /** The result of a call that begins after this one. */
  next(): Promise<T> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<T> {
    await this.#last;
    // Those who come with the same news from the network are waited for.
    await setImmediate();
    this.#next = null;
    const result = this.#call();
    this.#last = result.catch(() => {});
    return result;
  }
}
