import { pause } from '../src/waiting.ts';

export interface UntilOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
  /** Ends the waiting with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Repeats the condition until it returns anything but false, null and undefined, and returns that. An error of the
 * condition ends the waiting; a condition that may fail for a while must catch its errors.
 * @param what completes "waited 30 s for ..."
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMs = 120_000, intervalMs = 20, signal }: UntilOptions = {},
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await condition();
    if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined>;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s for ${what}`);
    await pause(intervalMs, signal);
  }
}
