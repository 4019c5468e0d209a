import { hashToHex } from '../../src/chain/bytes.ts';
import type { BlockHeader } from '../../src/chain/header.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { quietly } from '../ahead.ts';
import type { ChainNode } from '../node/node.ts';
import { type ChainContext, extend } from './context.ts';
import { forksOf } from './forks.ts';

/** A block whose record is in the store, which gives it its fork; its transactions may not be there yet. */
export interface PlacedBlock {
  readonly height: number;
  readonly fork: number;
  readonly header: BlockHeader;
  /** Display-order hex. */
  readonly hash: string;
}

/** Headers that are asked for at once: as many as bitcoind gives. */
const BATCH = 2_000;

interface PlacedBatch {
  readonly blocks: readonly PlacedBlock[];
  readonly context: ChainContext;
}

/**
 * Places the blocks of the node's main chain that follow, up to a height, a batch ahead of the one that is worked on.
 * Ends early where the node's chain does, or no longer follows the context.
 */
export async function* placeBlocks(
  before: ChainContext,
  to: number,
  node: ChainNode,
  store: ChainStore,
): AsyncGenerator<PlacedBlock> {
  const place = (context: ChainContext): Promise<PlacedBatch> => quietly(placeBatch(context, to, node, store));
  let next: Promise<PlacedBatch> | null = place(before);
  try {
    while (next !== null) {
      const batch: PlacedBatch = await next;
      const isLast = batch.blocks.length === 0 || batch.context.height >= to;
      next = isLast ? null : place(batch.context);
      yield* batch.blocks;
    }
  } finally {
    await next?.catch(() => {});
  }
}

async function placeBatch(before: ChainContext, to: number, node: ChainNode, store: ChainStore): Promise<PlacedBatch> {
  const headers = await node.headers(before.height + 1, Math.min(BATCH, to - before.height));
  let context = before;
  const records = [];
  for (const header of headers) {
    if (context.hash !== null && hashToHex(header.previousHash) !== context.hash) break;
    const extended = extend(context, header);
    context = extended.context;
    records.push({ height: context.height, record: extended.record });
  }
  const forks = await forksOf(records, store);
  const blocks = records.map(({ height, record }, i) => ({
    height,
    fork: forks[i]!,
    header: record.header,
    hash: hashToHex(record.hash),
  }));
  return { blocks, context };
}
