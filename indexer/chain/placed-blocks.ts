import { equalBytes, hashToHex } from '../../src/chain/bytes.ts';
import type { BlockHeader } from '../../src/chain/header.ts';
import { BitqlError } from '../../src/errors.ts';
import { type BlockRecord, blocksAtHeights, encodeBlock } from '../../src/store/blocks.ts';
import { packRows } from '../../src/store/packed-rows.ts';
import { blockKey, MAX_FORK } from '../../src/store/position.ts';
import type { ChainStore, Row } from '../../src/store/store.ts';
import { quietly } from '../ahead.ts';
import type { ChainNode } from '../node/node.ts';
import { type ChainContext, extend } from './context.ts';

/** A block whose record is in the store, so its fork is known. Its transactions may not be there yet. */
export interface PlacedBlock {
  readonly height: number;
  readonly fork: number;
  readonly header: BlockHeader;
  /** Display-order hex. */
  readonly hash: string;
}

/** Headers in one request: the most that bitcoind returns. */
const BATCH = 2_000;

interface PlacedBatch {
  readonly blocks: readonly PlacedBlock[];
  readonly context: ChainContext;
}

/**
 * Places the next blocks of the node's main chain, up to a height, one batch ahead of the current one. Ends early at
 * the end of the node's chain, or if the chain no longer follows the context.
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

/** Updates the forks of the main chain, which list only those that are not 0. */
export function recordForks(
  blocks: readonly { readonly height: number; readonly fork: number }[],
  forks: Record<number, number>,
): void {
  for (const { height, fork } of blocks) {
    if (fork === 0) delete forks[height];
    else forks[height] = fork;
  }
}

interface PlacedRecord {
  readonly height: number;
  readonly record: BlockRecord;
}

/**
 * The fork of each block: its ordinal among the blocks known at its height. A known block keeps its fork; a new one
 * takes the next number by inserting its record there. If two writers try the same number at once, the first insert
 * wins, and the other tries the next number.
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
