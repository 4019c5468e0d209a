/**
 * An iteration with its first step already taken, to see whether it works at all; and since one that has begun can be
 * closed: the `return` of a generator that has not runs none of its `finally`.
 * @throws what the first step does
 */
export async function prime<T>(items: AsyncGenerator<T>): Promise<AsyncIterable<T>> {
  return new PrimedIterator(await items.next(), items);
}

class PrimedIterator<T> implements AsyncIterableIterator<T> {
  #first: IteratorResult<T> | null;
  readonly #rest: AsyncGenerator<T>;

  constructor(first: IteratorResult<T>, rest: AsyncGenerator<T>) {
    this.#first = first;
    this.#rest = rest;
  }

  async next(): Promise<IteratorResult<T>> {
    const first = this.#first;
    this.#first = null;
    return first ?? this.#rest.next();
  }

  async return(): Promise<IteratorResult<T>> {
    this.#first = null;
    return this.#rest.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
