/** How much may be under way behind the item whose result is waited for. */
export interface AheadOptions<T> {
  readonly items: number;
  /** The sum of their sizes; one of any size may always be. Without it, only their number counts. */
  readonly size?: number;
  readonly sizeOf?: (item: T) => number;
}

/**
 * Maps in order, with calls under way ahead. However it ends, no call is under way any more. Where the source fails, what came
 * of it before is mapped first.
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

/** The items up to a failure, which is told and not thrown. */
async function* endingAtFailure<T>(source: AsyncIterable<T>, tell: (reason: unknown) => void): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    tell(error);
  }
}

/** A failure shows when its turn comes, not as an unhandled rejection before. */
export function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
