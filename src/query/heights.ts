import { MissingRecordError } from '../store/damage.ts';
import { blockKey } from '../store/position.ts';
import { type BlockRecord, decodeBlock } from '../store/records/block.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';
import type { Bounds } from './filter.ts';

/** Blocks that one step of the search looks at: a million blocks take four steps. */
const FAN = 32;

/**
 * The heights that can hold blocks with a header time in the given bounds. Header times go back and forth, but two
 * things never go back: the highest time so far, and the median time, which every later header time exceeds.
 * @returns null where no covered block can
 */
export async function heightsOfTimes(times: Bounds, snapshot: Snapshot, store: ReadStore): Promise<Bounds | null> {
  const first = snapshot.state.coverage[0]?.[0];
  if (first === undefined || snapshot.tip === null) return null;
  // Of blocks that are gone, only that they may be in it.
  const known = snapshot.fork ?? snapshot.tip.height;
  const all = { from: first, to: known };
  const [from, behind] = await Promise.all([
    firstHeight(all, ({ maxTime }) => maxTime >= times.from, snapshot, store),
    firstHeight(all, ({ medianTime }) => medianTime !== null && medianTime >= times.to, snapshot, store),
  ]);
  const to = behind > known ? snapshot.tip.height : behind;
  return from > to ? null : { from, to };
}

/** The lowest height whose block satisfies what all blocks above it satisfy too; one above the bounds if none does. */
async function firstHeight(
  { from, to }: Bounds,
  holds: (block: BlockRecord) => boolean,
  snapshot: Snapshot,
  store: ReadStore,
): Promise<number> {
  let low = from;
  let high = to + 1;
  while (low < high) {
    const step = Math.max(1, Math.floor((high - low) / FAN));
    const probes = [];
    for (let height = low; height < high && probes.length <= FAN; height += step) probes.push(height);
    const keys = probes.map((height) => blockKey(height, snapshot.mainFork(height)));
    const values = await store.get('blocks', keys);
    const found = values.findIndex((value, i) => {
      if (value === null) throw new MissingRecordError('blocks', keys[i]!);
      return holds(decodeBlock(value));
    });
    if (found === 0) return low;
    const last = found === -1 ? probes.length - 1 : found - 1;
    if (found !== -1) high = probes[found]!;
    low = probes[last]! + 1;
  }
  return low;
}
