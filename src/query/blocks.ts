import { decodePosition, encodePosition, heightRange } from '../store/position.ts';
import type { BlockView } from './block-reader.ts';
import type { Order } from './filter.ts';
import { type Item, List, type ListPage, type PageArguments } from './list.ts';
import type { ChainReader } from './reader.ts';

/** A page of the main chain's blocks. */
export async function blocksPage(reader: ChainReader, order: Order, args: PageArguments): Promise<ListPage<BlockView>> {
  const list = await List.open(reader, { identity: 'blocks', order, args });
  const items = await Promise.all(heightsOn(list).map((height) => itemAt(height, reader)));
  return list.page({ items, exhaustedAt: null }, reader);
}

/** The heights of the page and one more, in the direction of the list. */
function heightsOn(list: List): number[] {
  const { snapshot, reverse, count } = list;
  const first = snapshot.state.coverage[0]?.[0];
  if (first === undefined || snapshot.tip === null) return [];
  const bounds = list.within(heightRange(first, snapshot.tip.height));
  if (bounds === null) return [];
  const from = heightAtOrAbove(bounds.min, list);
  const to = heightAtOrBelow(bounds.max, list);
  const heights: number[] = [];
  for (let i = 0; heights.length <= count && i <= to - from; i++) {
    const height = reverse ? to - i : from + i;
    if (snapshot.covers(height)) heights.push(height);
  }
  return heights;
}

async function itemAt(height: number, reader: ChainReader): Promise<Item<BlockView>> {
  const node = (await reader.blockAt(height))!;
  return { node, position: placeOf(height, reader.snapshot.mainFork(height)), outputIndex: 0 };
}

/** The place of a block in the list is that of its first transaction. */
function placeOf(height: number, fork: number): Uint8Array {
  return encodePosition({ height, fork, index: 0 });
}

function heightAtOrAbove(position: Uint8Array, { snapshot }: List): number {
  const { height } = decodePosition(position);
  return Buffer.compare(placeOf(height, snapshot.mainFork(height)), position) >= 0 ? height : height + 1;
}

function heightAtOrBelow(position: Uint8Array, { snapshot }: List): number {
  const { height } = decodePosition(position);
  return Buffer.compare(placeOf(height, snapshot.mainFork(height)), position) <= 0 ? height : height - 1;
}
