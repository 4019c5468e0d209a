import { hashToHex } from '../../src/chain/bytes.ts';
import { decodeBlock } from '../../src/store/blocks.ts';
import { MissingRecordError } from '../../src/store/errors.ts';
import type { BlockEvent } from '../../src/store/events.ts';
import { blockKey } from '../../src/store/position.ts';
import type { BlockRef, ChainState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { Commit } from '../../src/store/writer.ts';
import type { PlacedBlock } from './placed-blocks.ts';

/** The main chain after a commit. */
export interface MainChain {
  readonly tip: BlockRef;
  readonly forks: NonNullable<Commit['forks']>;
  readonly coverage: NonNullable<Commit['coverage']>;
}

/** A change of the main chain in one commit: new blocks, a reorganisation, or blocks that are only taken back. */
export interface ChainChange {
  readonly after: MainChain;
  /** The blocks that are taken off, highest first. */
  readonly disconnected: readonly StoredBlock[];
  /** The new blocks, lowest first. */
  readonly connected: readonly StoredBlock[];
  /** Whether the node was at the new tip a moment ago. */
  readonly isNodeTip: boolean;
  /**
   * Whether the new blocks do not follow the remaining ones. Then the event log cannot describe the change, and begins
   * again.
   */
  readonly hasGap?: boolean;
}

/** A stored block: its height, its fork, and its hash in display-order hex. */
export type StoredBlock = Omit<BlockEvent, 'kind'>;

/** The blocks of the main chain above a shared one, or all if there is none; highest first. */
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
