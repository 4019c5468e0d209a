export interface BackoffTimes {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait before the next attempt: twice as long each time, up to the longest, of which a random part of up to a half is
 * left out, so that many who failed together do not come back together.
 * @param failures how many there were before this one
 */
export function backoffMs({ firstMs, longestMs }: BackoffTimes, failures: number): number {
  const full = Math.min(firstMs * 2 ** Math.min(failures, 30), longestMs);
  return full * (1 - Math.random() / 2);
}
