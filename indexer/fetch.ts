import { concatBytes } from '../src/chain/bytes.ts';
import { mapAhead } from './ahead.ts';
import type { BitcoinNode } from './node/node.ts';
import type { PlacedBlock } from './placing.ts';

/** A block of which the bytes are at hand, or, of a large one, can be asked for. */
export interface FetchedBlock extends PlacedBlock {
  /** Null for a large block: it is to be read as it comes. */
  readonly bytes: Uint8Array | null;
}

/** A block up to this size is fetched ahead and held whole. */
const WHOLE_BYTES = 16 * 1024 * 1024;
const AHEAD = 4;

/** The blocks with their bytes, in order, fetched ahead; at most five whole ones are in memory. */
export function fetchBlocks(blocks: AsyncIterable<PlacedBlock>, node: BitcoinNode): AsyncGenerator<FetchedBlock> {
  return mapAhead(blocks, { items: AHEAD }, async (block) => ({ ...block, bytes: await wholeBlock(node, block.hash) }));
}

async function wholeBlock(node: BitcoinNode, hash: string): Promise<Uint8Array | null> {
  const { size, chunks } = await node.block(hash);
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) {
    // An answer that nobody reads for long is cut off by the node: a large block is asked for again in its turn.
    if (size > WHOLE_BYTES) return null;
    parts.push(chunk);
  }
  return parts.length === 1 ? parts[0]! : concatBytes(...parts);
}
