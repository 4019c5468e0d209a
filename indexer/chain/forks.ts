import { equalBytes } from '../../src/chain/bytes.ts';
import { BitqlError } from '../../src/errors.ts';
import { type BlockRecord, blocksAtHeights, encodeBlock } from '../../src/store/blocks.ts';
import { packRows } from '../../src/store/packed-rows.ts';
import { blockKey, MAX_FORK } from '../../src/store/position.ts';
import type { ChainStore, Row } from '../../src/store/store.ts';

/** Writes the forks of blocks into the main chain's, which list only those that are not 0. */
export function recordForks(
  blocks: readonly { readonly height: number; readonly fork: number }[],
  forks: Record<number, number>,
): void {
  for (const { height, fork } of blocks) {
    if (fork === 0) delete forks[height];
    else forks[height] = fork;
  }
}

export interface PlacedRecord {
  readonly height: number;
  readonly record: BlockRecord;
}

/**
 * The fork of each block: its ordinal among the blocks known at its height. A block keeps the one that it has; a new
 * one takes the next by inserting its record there. If two writers try the same one at once, the first insert wins and
 * the other goes on to the next.
 * @param blocks of different heights
 */
export async function forksOf(blocks: readonly PlacedRecord[], store: ChainStore): Promise<number[]> {
  for (;;) {
    const known = await blocksAtHeights(
      store,
      blocks.map(({ height }) => height),
    );
    const forks = blocks.map(({ record }, i) => known[i]!.findIndex(({ hash }) => equalBytes(hash, record.hash)));
    if (!forks.includes(-1)) return forks;
    const claims = blocks.flatMap((block, i) => (forks[i] === -1 ? [claim(block, known[i]!.length)] : []));
    await store.write(new Map([['blocks', packRows(claims)]]));
  }
}

function claim({ height, record }: PlacedRecord, fork: number): Row {
  if (fork > MAX_FORK) {
    throw new BitqlError('STORE_DAMAGED', `More than ${MAX_FORK + 1} blocks are known at height ${height}.`);
  }
  return { key: blockKey(height, fork), value: encodeBlock(record) };
}
