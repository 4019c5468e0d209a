import { comparePositions, decodePosition, encodePosition, heightRange, MAX_HEIGHT } from '../store/position.ts';
import type { BlockView } from './block-reader.ts';
import type { Bounds } from './filter.ts';
import { type FoundItems, type Item, List, type ListPage, type ListPlace, type ListRequest } from './list.ts';
import { type BoundsInput, MAX_TIME, parseBounds } from './parse-filter.ts';
import type { ChainReader } from './reader.ts';
import { heightsOfTimes } from './transactions.ts';
import type { Budget } from './work.ts';

/** Conditions on a block; null for none. */
export interface BlockFilter {
  readonly heights: Bounds | null;
  /** Header times in unix seconds, both inclusive. */
  readonly times: Bounds | null;
}

/** A filter of the schema's type `BlockFilter`, with parsed scalars. */
export interface BlockFilterInput {
  readonly height?: BoundsInput | null | undefined;
  readonly time?: BoundsInput | null | undefined;
}

/** A request for a page of the main chain's blocks. */
export interface BlocksRequest extends Pick<ListRequest, 'order' | 'args'> {
  readonly filter: BlockFilter;
}

/** @throws BAD_QUERY */
export function parseBlockFilter({ height, time }: BlockFilterInput): BlockFilter {
  return {
    heights: height == null ? null : parseBounds(height, MAX_HEIGHT, 'height'),
    times: time == null ? null : parseBounds(time, MAX_TIME, 'time'),
  };
}

/** A page of the main chain's blocks that meet a filter. */
export async function blocksPage(
  reader: ChainReader,
  { filter, order, args }: BlocksRequest,
  budget: Budget,
): Promise<ListPage<BlockView>> {
  const isAll = filter.heights === null && filter.times === null;
  const list = await List.open(reader, { identity: isAll ? 'blocks' : ['blocks', filter], order, args });
  const heights = await heightsOn(list, filter, reader);
  return list.page(await search(heights, { filter, list, reader, budget }), reader);
}

interface BlockSearch {
  readonly filter: BlockFilter;
  readonly list: List;
  readonly reader: ChainReader;
  readonly budget: Budget;
}

/** The heights of a page, in ascending order whatever its direction; null if there are none. */
async function heightsOn(list: List, { heights, times }: BlockFilter, reader: ChainReader): Promise<Bounds | null> {
  const { snapshot } = list;
  const first = snapshot.state.coverage[0]?.[0];
  if (first === undefined || snapshot.tip === null) return null;
  const timed =
    times === null ? { from: first, to: snapshot.tip.height } : await heightsOfTimes(times, snapshot, reader.store);
  if (timed === null) return null;
  const from = Math.max(timed.from, heights?.from ?? 0);
  const to = Math.min(timed.to, heights?.to ?? MAX_HEIGHT);
  const bounds = from > to ? null : list.within(heightRange(from, to));
  return bounds === null ? null : { from: heightAtOrAbove(bounds.min, list), to: heightAtOrBelow(bounds.max, list) };
}

/** Reads as many blocks at a time as the page still lacks: only at the ends of a range of times are there others. */
async function search(
  heights: Bounds | null,
  { filter, list, reader, budget }: BlockSearch,
): Promise<FoundItems<BlockView>> {
  const items: Item<BlockView>[] = [];
  if (heights === null) return { items, exhaustedAt: null };
  const { reverse, wanted } = list;
  const heightAt = (i: number) => (reverse ? heights.to - i : heights.from + i);
  const count = heights.to - heights.from + 1;
  for (let read = 0; read < count && items.length < wanted; ) {
    if (read > 0 && budget.exhausted) return { items, exhaustedAt: placeOf(heightAt(read - 1), list) };
    const length = Math.min(wanted - items.length, count - read);
    budget.spend(length);
    const blocks = await Promise.all(Array.from({ length }, (_, i) => reader.blockAt(heightAt(read + i))));
    const found = blocks.filter((block) => block !== null && isInside(filter.times, block.header.time));
    items.push(...found.map((node) => ({ node: node!, ...placeOf(node!.height, list) })));
    read += length;
  }
  return { items, exhaustedAt: null };
}

/** The place of a block in the list is that of its first transaction. */
function placeOf(height: number, { snapshot }: List): ListPlace {
  return { position: encodePosition({ height, fork: snapshot.mainFork(height), index: 0 }), outputIndex: 0 };
}

function heightAtOrAbove(position: Uint8Array, list: List): number {
  const { height } = decodePosition(position);
  return comparePositions(placeOf(height, list).position, position) >= 0 ? height : height + 1;
}

function heightAtOrBelow(position: Uint8Array, list: List): number {
  const { height } = decodePosition(position);
  return comparePositions(placeOf(height, list).position, position) <= 0 ? height : height - 1;
}

function isInside(bounds: Bounds | null, value: number): boolean {
  return bounds === null || (bounds.from <= value && value <= bounds.to);
}
