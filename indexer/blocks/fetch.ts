import { readBlock } from '../../src/chain/block.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { BitqlError, type ErrorCode, errorCode } from '../../src/errors.ts';
import { mapAhead } from '../ahead.ts';
import { BlockCheck } from '../block-check.ts';
import type { PlacedBlock } from '../chain/placed-blocks.ts';
import type { IndexerLog } from '../log.ts';
import type { BlockSource, ChainNode, RawBlock } from '../node/node.ts';
import { digestOfTransactions, stretchesOf } from './block-stretches.ts';

/** What blocks are fetched with. */
export interface FetchOptions {
  readonly node: ChainNode;
  readonly network: Network;
  readonly log: IndexerLog;
}

/** A block of which the bytes are at hand, or, of a large one, can be asked for. */
export interface FetchedBlock {
  readonly block: PlacedBlock;
  readonly network: Network;
  readonly source: BlockSource;
  /** A large block was held against its header already, and is read once more, as it comes. */
  readonly content:
    | { readonly kind: 'whole'; readonly bytes: Uint8Array }
    | { readonly kind: 'large'; readonly digests: readonly string[]; readonly open: () => Promise<RawBlock> };
  /**
   * The same block from the next place, for the reason that it came damaged.
   * @throws BLOCK_DAMAGED where there is no other place; any other reason
   */
  readonly again: (reason: unknown) => Promise<FetchedBlock>;
}

/** A block up to this size is fetched ahead and held whole. */
const WHOLE_BYTES = 16 * 1024 * 1024;
const AHEAD = 4;
/** A block file that is cut off, or gone, is as good as one with other bytes. */
const UNUSABLE = new Set<ErrorCode>(['BLOCK_DAMAGED', 'MALFORMED_BYTES', 'NODE_PRUNED', 'NODE_REFUSED']);

/** The blocks with their bytes, in order, fetched ahead; at most five whole ones are in memory. */
export function fetchBlocks(blocks: AsyncIterable<PlacedBlock>, options: FetchOptions): AsyncGenerator<FetchedBlock> {
  return mapAhead(blocks, { items: AHEAD }, (block) => fetchFrom(() => options.node.block(block.hash), block, options));
}

async function fetchFrom(
  open: () => Promise<RawBlock>,
  block: PlacedBlock,
  options: FetchOptions,
): Promise<FetchedBlock> {
  const { network, log } = options;
  const raw = await open();
  const { source } = raw;
  const again = async (reason: unknown): Promise<FetchedBlock> => {
    const damage = damageOf(block, source, reason);
    if (damage === null) throw reason;
    if (source.again === null) throw damage;
    log.warn(`${damage.message} Asking for it again.`);
    return fetchFrom(source.again, block, options);
  };
  try {
    const bytes = await wholeBlock(raw);
    const content =
      bytes === null
        ? ({ kind: 'large', digests: await inspect(await open(), block, network), open } as const)
        : ({ kind: 'whole', bytes } as const);
    return { block, network, source, content, again };
  } catch (error) {
    return again(error);
  }
}

/** Null for a large block. */
async function wholeBlock({ size, chunks }: RawBlock): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) {
    // An answer that nobody reads for long is cut off by the node: a large block is asked for again in its turn.
    if (size > WHOLE_BYTES) return null;
    parts.push(chunk);
  }
  return parts.length === 1 ? parts[0]! : concatBytes(...parts);
}

/**
 * Reads a large block through, before anything of it is indexed: a row that is there is not written again, so none may
 * be made of damaged bytes.
 * @returns what its parts are known by when it is read again
 * @throws BLOCK_DAMAGED, MalformedBytesError
 */
async function inspect({ chunks, source }: RawBlock, block: PlacedBlock, network: Network): Promise<string[]> {
  const { header, transactionCount, transactions } = await readBlock(chunks, network);
  const check = new BlockCheck(header, transactionCount, network);
  const digests: string[] = [];
  for await (const { transactions: some } of stretchesOf(transactions, transactionCount)) {
    for (const transaction of some) check.add(transaction);
    digests.push(digestOfTransactions(some));
  }
  const damage = check.damage();
  if (damage !== null) throw blockDamaged(block, source, damage);
  return digests;
}

/** Null for what is no damage of the block. What cannot be read (any more) is as good as damaged. */
function damageOf(block: PlacedBlock, source: BlockSource, reason: unknown): BitqlError | null {
  if (reason instanceof DamagedBlockError) return reason;
  const isDamage = UNUSABLE.has(errorCode(reason)!);
  if (!isDamage) return null;
  return blockDamaged(block, source, (reason as Error).message.replace(/\.$/, ''), reason);
}

/** Damage with all that there is to say of it: height, source and cure. */
class DamagedBlockError extends BitqlError {}

export function blockDamaged(
  { height, hash }: PlacedBlock,
  { name, cure }: BlockSource,
  what: string,
  cause?: unknown,
): BitqlError {
  const message = `Block ${height} (${hash}) from ${name} is damaged: ${what}. ${cure}`;
  return new DamagedBlockError('BLOCK_DAMAGED', message, cause);
}
