import { type BlockStream, parseBlock, readBlock } from '../src/chain/block.ts';
import type { Network } from '../src/chain/networks.ts';
import type { Transaction } from '../src/chain/transaction.ts';
import type { FetchedBlock } from './fetch.ts';
import type { BitcoinNode } from './node/node.ts';
import type { PlacedBlock } from './placing.ts';
import type { StageClock } from './stages.ts';

/** Transactions of a block that follow each other: all of them, or of a large block as many as are worked on at once. */
export interface BlockPart {
  readonly block: PlacedBlock;
  /** Of the whole block. */
  readonly transactionCount: number;
  /** The place of the first one in the block. */
  readonly first: number;
  readonly transactions: readonly Transaction[];
  /** Serialized, in bytes. */
  readonly size: number;
  readonly isLast: boolean;
}

/** A large block comes in parts of this many bytes, or of one transaction where that is larger. */
const PART_BYTES = 1024 * 1024;

/** The parts of blocks, in chain order. */
export async function* partsOf(
  blocks: AsyncIterable<FetchedBlock>,
  network: Network,
  node: BitcoinNode,
  stages: StageClock,
): AsyncGenerator<BlockPart> {
  for await (const { bytes, ...block } of stages.waits('fetch', blocks)) {
    if (bytes !== null) yield stages.run('parse', () => wholePart(block, bytes, network));
    else yield* streamedParts(block, network, node);
  }
}

function wholePart(block: PlacedBlock, bytes: Uint8Array, network: Network): BlockPart {
  const { transactions, size } = parseBlock(bytes, network);
  return { block, transactionCount: transactions.length, first: 0, transactions, size, isLast: true };
}

async function* streamedParts(block: PlacedBlock, network: Network, node: BitcoinNode): AsyncGenerator<BlockPart> {
  const { transactionCount, transactions } = await openBlock(block, network, node);
  let part: Transaction[] = [];
  let first = 0;
  let size = 0;
  for await (const transaction of transactions) {
    part.push(transaction);
    size += transaction.size;
    const isLast = first + part.length === transactionCount;
    if (size < PART_BYTES && !isLast) continue;
    yield { block, transactionCount, first, transactions: part, size, isLast };
    first += part.length;
    part = [];
    size = 0;
  }
}

/** Reads a block as it comes. */
export async function openBlock({ hash }: PlacedBlock, network: Network, node: BitcoinNode): Promise<BlockStream> {
  const { chunks } = await node.block(hash);
  return readBlock(chunks, network);
}
