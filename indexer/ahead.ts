/** How much may be in progress beyond the item whose result is awaited. */
export interface AheadOptions<T> {
  readonly items: number;
  /** The most total size; one item of any size is always allowed. Without it, only the number counts. */
  readonly size?: number;
  readonly sizeOf?: (item: T) => number;
}

/**
 * Maps in order, with calls in progress ahead. However it ends, no call is in progress afterwards. If the source fails,
 * the earlier items are mapped first.
 */
export async function* mapAhead<T, U>(
  source: AsyncIterable<T>,
  { items, size = Number.POSITIVE_INFINITY, sizeOf = () => 0 }: AheadOptions<T>,
  map: (item: T) => Promise<U>,
): AsyncGenerator<U> {
  const queue: { result: Promise<U>; size: number }[] = [];
  let queued = 0;
  let failed: { readonly reason: unknown } | null = null;
  const noteFailure = (reason: unknown): void => {
    failed = { reason };
  };
  try {
    for await (const item of endingAtFailure(source, noteFailure)) {
      queue.push({ result: quietly(map(item)), size: sizeOf(item) });
      queued += sizeOf(item);
      while (queue.length > items || (queued > size && queue.length > 1)) {
        const first = queue.shift()!;
        queued -= first.size;
        yield await first.result;
      }
    }
    while (queue.length > 0) yield await queue.shift()!.result;
    if (failed !== null) throw (failed as { readonly reason: unknown }).reason;
  } finally {
    await Promise.allSettled(queue.map(({ result }) => result));
  }
}

/** The items up to a failure, which is reported to the callback and not thrown. */
async function* endingAtFailure<T>(source: AsyncIterable<T>, onFailure: (reason: unknown) => void): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    onFailure(error);
  }
}

/** A failure surfaces when the promise is awaited, not as an unhandled rejection before. */
export function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
