import { createHash } from 'node:crypto';
import { readBlock } from '../../src/chain/block.ts';
import { concatBytes } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { BitqlError, type ErrorCode, errorCode } from '../../src/errors.ts';
import { mapAhead } from '../ahead.ts';
import { BlockCheck } from '../block-check.ts';
import type { PlacedBlock } from '../chain/placed-blocks.ts';
import type { BlockSource, ChainNode, RawBlock } from '../node/node.ts';
import type { IndexerLog } from '../progress.ts';

/** What is needed to fetch blocks. */
export interface FetchOptions {
  readonly node: ChainNode;
  readonly network: Network;
  readonly log: IndexerLog;
}

/** A block whose bytes are in memory, or, for a large block, can be requested. */
export interface FetchedBlock {
  readonly block: PlacedBlock;
  readonly network: Network;
  readonly source: BlockSource;
  /** A large block was checked against its header already, and is read again as it arrives. */
  readonly content:
    | { readonly kind: 'whole'; readonly bytes: Uint8Array }
    | { readonly kind: 'large'; readonly digests: readonly string[]; readonly open: () => Promise<RawBlock> };
  /**
   * The same block from its next source, because it was damaged.
   * @throws BLOCK_DAMAGED if there is no other source; a reason that is no damage
   */
  readonly again: (reason: unknown) => Promise<FetchedBlock>;
}

/** A block up to this size is fetched ahead and kept whole. */
const WHOLE_BYTES = 16 * 1024 * 1024;
const AHEAD = 4;
/** A block file that is cut off or missing is treated like a damaged one. */
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

/** The bytes of a block; null for a large one. */
async function wholeBlock({ size, chunks }: RawBlock): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) {
    // A node cuts off an answer that is not read for long, so a large block is requested again when its turn comes.
    if (size > WHOLE_BYTES) return null;
    parts.push(chunk);
  }
  return parts.length === 1 ? parts[0]! : concatBytes(...parts);
}

/**
 * Reads a large block to its end before anything of it is indexed. A row that exists is not written again, so none may
 * be made from damaged bytes.
 * @returns digests of its stretches, by which they are recognised when it is read again
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

/** Null if the reason is no damage of the block. A block that cannot be read (any more) counts as damaged. */
function damageOf(block: PlacedBlock, source: BlockSource, reason: unknown): BitqlError | null {
  if (reason instanceof DamagedBlockError) return reason;
  const isDamage = UNUSABLE.has(errorCode(reason)!);
  if (!isDamage) return null;
  return blockDamaged(block, source, (reason as Error).message.replace(/\.$/, ''), reason);
}

/** Damage whose message already has height, source and cure. */
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

/** Consecutive transactions of a block. */
export interface BlockStretch {
  /** Index of the first one in the block. */
  readonly first: number;
  readonly transactions: readonly Transaction[];
  /** Serialized, in bytes. */
  readonly size: number;
  readonly isLast: boolean;
}

/** A large block is cut into stretches of about this many bytes, or of one transaction if that is larger. */
const STRETCH_BYTES = 1024 * 1024;

/** Cuts a block into stretches, always at the same places, wherever its bytes come from. */
export async function* stretchesOf(
  transactions: AsyncIterable<Transaction>,
  transactionCount: number,
): AsyncGenerator<BlockStretch> {
  let some: Transaction[] = [];
  let first = 0;
  let size = 0;
  for await (const transaction of transactions) {
    some.push(transaction);
    size += transaction.size;
    const isLast = first + some.length === transactionCount;
    if (size < STRETCH_BYTES && !isLast) continue;
    yield { first, transactions: some, size, isLast };
    first += some.length;
    some = [];
    size = 0;
  }
}

/** SHA-256 of the bytes of transactions. */
export function digestOfTransactions(transactions: readonly Transaction[]): string {
  const hash = createHash('sha256');
  for (const { bytes } of transactions) hash.update(bytes);
  return hash.digest('base64');
}
