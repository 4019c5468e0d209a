import type { HeightRange } from './state.ts';

/** Ascending ranges without overlap with one more; ranges that touch become one. */
export function addRange(ranges: readonly HeightRange[], [from, to]: HeightRange): HeightRange[] {
  const before = ranges.filter(([, end]) => end < from - 1);
  const after = ranges.filter(([start]) => start > to + 1);
  const touching = ranges.slice(before.length, ranges.length - after.length);
  const lowest = Math.min(from, touching[0]?.[0] ?? from);
  const highest = Math.max(to, touching.at(-1)?.[1] ?? to);
  return [...before, [lowest, highest], ...after];
}

/** The parts of ascending ranges that are inside of another one. */
export function rangesWithin(ranges: readonly HeightRange[], [from, to]: HeightRange): HeightRange[] {
  return ranges.flatMap(([start, end]): HeightRange[] => {
    const [lowest, highest] = [Math.max(start, from), Math.min(end, to)];
    return lowest > highest ? [] : [[lowest, highest]];
  });
}
