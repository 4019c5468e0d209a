import type { Tools } from '../tools.ts';
import { requireWholeNumber } from '../whole-number.ts';

/** Blocks that were mined. */
export interface Mined {
  /** The height of the last one. */
  readonly height: number;
  /** Their hashes, the lowest first. */
  readonly blocks: readonly string[];
}

/** Mines blocks with what the mempool holds. */
export async function mine({ calls }: Tools, count: number): Promise<Mined> {
  const blocks = await calls.mine(requireWholeNumber('The number of blocks', count));
  return { height: await calls.height(), blocks };
}
