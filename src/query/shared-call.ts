/** Lets a call be made once at a time: all who ask while one is under way share the next one. */
export class SharedCall<T> {
  readonly #call: () => Promise<T>;
  #last: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | null = null;

  constructor(call: () => Promise<T>) {
    this.#call = call;
  }

  /** The result of a call that begins after this one. */
  next(): Promise<T> {
    this.#next ??= this.#last.then(() => {
      this.#next = null;
      const result = this.#call();
      this.#last = result.catch(() => {});
      return result;
    });
    return this.#next;
  }
}
