import { pause } from '../../waiting.ts';

/** What is few is done at once: nobody has to wait for it. */
const PACE_MS = 5;

/** Does something to each of many, one by one at an even pace, within a time. */
export async function spread<T>(all: Iterable<T>, maxMs: number, act: (one: T) => void): Promise<void> {
  const each = [...all];
  const pace = Math.min(PACE_MS, maxMs / each.length);
  const begun = performance.now();
  for (const [i, one] of each.entries()) {
    const early = begun + i * pace - performance.now();
    if (early >= 1) await pause(early);
    act(one);
  }
}
