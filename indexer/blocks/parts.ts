import { type BlockStream, parseBlock, readBlock } from '../../src/chain/block.ts';
import type { Network } from '../../src/chain/networks.ts';
import { BlockCheck, type NumberedPage } from '../block-check.ts';
import type { PlacedBlock } from '../chain/placed-blocks.ts';
import type { ChainNode } from '../node/node.ts';
import type { StageClock } from '../progress.ts';
import { type BlockStretch, blockDamaged, digestOfTransactions, type FetchedBlock, stretchesOf } from './fetch.ts';

/** Consecutive transactions of a block: all of them, or, for a large block, as many as are processed at once. */
export interface BlockPart extends BlockStretch {
  readonly block: PlacedBlock;
  /** Number of transactions of the whole block. */
  readonly transactionCount: number;
  /** The pages of txids that are completed in this part. */
  readonly pages: readonly NumberedPage[];
}

/**
 * The parts of blocks, in chain order. Each block was checked against its header. A damaged block is requested again if
 * that helps, and none of it is returned.
 * @throws BLOCK_DAMAGED
 */
export async function* partsOf(blocks: AsyncIterable<FetchedBlock>, stages: StageClock): AsyncGenerator<BlockPart> {
  for await (const fetched of stages.waits('fetch', blocks)) {
    for (let at = fetched; ; ) {
      if (at.content.kind === 'large') {
        yield* largeParts(at);
        break;
      }
      const { bytes } = at.content;
      let part: BlockPart;
      try {
        part = stages.run('parse', () => wholePart(at, bytes));
      } catch (error) {
        at = await at.again(error);
        continue;
      }
      yield part;
      break;
    }
  }
}

function wholePart({ block, network, source }: FetchedBlock, bytes: Uint8Array): BlockPart {
  const { header, transactions, size } = parseBlock(bytes, network);
  const check = new BlockCheck(header, transactions.length, network);
  const pages = pagesIn(transactions, check);
  const damage = check.damage();
  if (damage !== null) throw blockDamaged(block, source, damage);
  return { block, transactionCount: transactions.length, first: 0, transactions, size, isLast: true, pages };
}

async function* largeParts({ block, network, source, content }: FetchedBlock): AsyncGenerator<BlockPart> {
  if (content.kind !== 'large') return;
  const { chunks } = await content.open();
  const { header, transactionCount, transactions } = await readBlock(chunks, network);
  const check = new BlockCheck(header, transactionCount, network);
  let part = 0;
  for await (const stretch of stretchesOf(transactions, transactionCount)) {
    if (digestOfTransactions(stretch.transactions) !== content.digests[part++]) {
      throw blockDamaged(block, source, 'it was different when it was read a second time');
    }
    yield { block, transactionCount, ...stretch, pages: pagesIn(stretch.transactions, check) };
  }
}

/** The pages of txids that some of a block's transactions complete. */
export function pagesIn(transactions: BlockStretch['transactions'], check: BlockCheck): NumberedPage[] {
  const pages: NumberedPage[] = [];
  for (const transaction of transactions) {
    const page = check.add(transaction);
    if (page !== null) pages.push(page);
  }
  return pages;
}

/** Reads a block as it arrives. */
export async function openBlock({ hash }: PlacedBlock, network: Network, node: ChainNode): Promise<BlockStream> {
  const { chunks } = await node.block(hash);
  return readBlock(chunks, network);
}
