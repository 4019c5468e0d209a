const SHORTEST_WAIT_MS = 250;
export const LONGEST_WAIT_MS = 10_000;

/**
 * How long to wait before another attempt: longer each time, and never just as long as others, so that the clients of a
 * gateway that starts again do not all come at once.
 * @param attempt how many there have been without success, beyond the first
 */
export function waitMs(attempt: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** attempt);
  return longest * (1 + Math.random()) * 0.5;
}
