import { decodeBlock } from '../store/blocks.ts';
import { MissingRecordError } from '../store/errors.ts';
import { blockKey } from '../store/position.ts';
import type { ChainReader } from './reader.ts';

/*
 * Header times go back and forth. The time line of the chain is the highest header time up to each block, which never decreases: so
 * each stretch of time is a run of blocks.
 */

/** The highest header time up to each of some blocks of the main chain, in unix seconds, by height. */
export async function timesAt(heights: readonly number[], reader: ChainReader): Promise<ReadonlyMap<number, number>> {
  const keys = heights.map((height) => blockKey(height, reader.snapshot.mainFork(height)));
  const values = await reader.store.get('blocks', keys);
  return new Map(
    heights.map((height, i) => {
      const value = values[i];
      if (value == null) throw new MissingRecordError('blocks', keys[i]!);
      return [height, decodeBlock(value).maxTime];
    }),
  );
}

/** Blocks that one step of the search reads: a million blocks take four steps. */
const FAN = 32;

/** The lowest height from `from` to `to` whose time is at least `time`; `to + 1` if there is none. */
export async function heightAtTime(time: number, from: number, to: number, reader: ChainReader): Promise<number> {
  let [low, high] = [from, to + 1];
  while (low < high) {
    const step = Math.max(1, Math.ceil((high - low) / FAN));
    const heights = Array.from({ length: Math.ceil((high - low) / step) }, (_, i) => low + i * step);
    const times = await timesAt(heights, reader);
    const reached = heights.findIndex((height) => times.get(height)! >= time);
    const last = reached < 0 ? heights.at(-1)! : heights[reached - 1];
    if (reached >= 0) high = heights[reached]!;
    if (last !== undefined) low = last + 1;
  }
  return low;
}
