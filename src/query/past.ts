import { hashToHex } from '../chain/bytes.ts';
import { BitqlError } from '../errors.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { BlockView } from './block-reader.ts';
import type { ChainReader } from './reader.ts';

/** A block of the main chain, by one of the two. */
export interface BlockChoice {
  readonly height?: number | null | undefined;
  /** Internal byte order. */
  readonly hash?: Uint8Array | null | undefined;
}

/**
 * Reads the chain as it was when a block of it was the tip.
 * @throws BAD_QUERY if not exactly one of height and hash is given, NOT_FOUND if it is not a block of the indexed main chain
 */
export async function readerAsOf({ height, hash }: BlockChoice, reader: ChainReader): Promise<ChainReader> {
  if ((hash == null) === (height == null)) {
    throw new BitqlError('BAD_QUERY', 'Give exactly one of `hash` and `height`.');
  }
  const block = hash == null ? await blockAt(height!, reader) : await blockWithHash(hash, reader);
  return reader.past({ height: block.height, hash: hashToHex(block.hash) });
}

async function blockAt(height: number, reader: ChainReader): Promise<BlockView> {
  if (height < 0) throw new BitqlError('BAD_QUERY', '`height` must be at least 0.');
  const block = await reader.blockAt(height);
  if (block === null) throw new BitqlError('NOT_FOUND', absence(height, reader.snapshot));
  return block;
}

function absence(height: number, { tip, state: { coverage } }: Snapshot): string {
  if (tip === null) return 'No block is indexed yet.';
  if (height > tip.height)
    return `There is no block ${height} yet: the last indexed block has the height ${tip.height}.`;
  const ranges = coverage.map(([from, to]) => `${from} to ${to}`).join(' and ');
  return `Block ${height} is not indexed: the index has the blocks ${ranges}.`;
}

async function blockWithHash(hash: Uint8Array, reader: ChainReader): Promise<BlockView> {
  const block = await reader.blockByHash(hash);
  if (block === null) {
    throw new BitqlError('NOT_FOUND', 'No indexed block has this hash: see `chain { coverage }` for what is indexed.');
  }
  if (!reader.isOnMainChain(block)) {
    throw new BitqlError(
      'NOT_FOUND',
      `The block with this hash is stale: the main chain has another block at its height, ${block.height}.`,
    );
  }
  return block;
}
