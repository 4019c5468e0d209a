import { hashToHex } from '../../src/chain/bytes.ts';
import { decodeBlock } from '../../src/store/blocks.ts';
import { MissingRecordError } from '../../src/store/errors.ts';
import type { BlockEvent } from '../../src/store/events.ts';
import { blockKey } from '../../src/store/position.ts';
import type { BlockRef, ChainState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { PlacedBlock } from './placed-blocks.ts';

/** A stored block: where it stands, and its hash in display-order hex. */
export type StoredBlock = Omit<BlockEvent, 'kind'>;

/** The blocks of the main chain above a shared one, or all, the highest first. */
export async function storedAbove(
  shared: BlockRef | null,
  { tip, coverage, forks }: ChainState,
  store: ChainStore,
): Promise<StoredBlock[]> {
  if (tip === null) return [];
  const lowest = shared === null ? coverage[0]![0] : shared.height + 1;
  const places = Array.from({ length: Math.max(0, tip.height - lowest + 1) }, (_, i) => {
    const height = tip.height - i;
    return { height, fork: forks[height] ?? 0 };
  });
  const keys = places.map(({ height, fork }) => blockKey(height, fork));
  const values = await store.get('blocks', keys);
  return places.map((place, i) => {
    const value = values[i];
    if (value == null) throw new MissingRecordError('blocks', keys[i]!);
    return { ...place, hash: hashToHex(decodeBlock(value).hash) };
  });
}

export function storedBlock({ height, fork, hash }: PlacedBlock): StoredBlock {
  return { height, fork, hash };
}
