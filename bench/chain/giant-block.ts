import { compactSizeLength } from '../../src/chain/bytes.ts';
import { HEADER_SIZE } from '../../src/chain/header.ts';
import { networkById } from '../../src/chain/networks.ts';
import { BlockFileWriter } from './block-file-writer.ts';
import { type ChainFiles, type ChainTotals, cachedChain } from './chain-files.ts';
import type { BlockContents } from './coinbase-branch.ts';
import { progressOf } from './progress.ts';
import { SyntheticChain } from './synthetic-chain.ts';
import type { MadeTransaction } from './transaction-maker.ts';

const NETWORK = 'bsv-regtest';
const MIN_BYTES = 1_000_000;
/** The length before a block has 32 bits. */
const MAX_BYTES = 0xffff_ffff;
const BLOCKS_BEFORE = 120;
const BLOCKS_BEHIND = 2;
const SMALL_BLOCK = 20;

/** After this many transactions a block counts as over, for the age of spent outputs. */
const MARK_EVERY = 2_000;
/** When this or less is left, the last transaction takes it all. */
const RESERVE = 300_000;
/** From this size on the block has more than 65,535 transactions for sure, of about 450 bytes on average. */
const MANY_BYTES = 48 * 1024 * 1024;
const MANY_TRANSACTIONS = 0x1_0000;

const WIDE_OUTPUTS = 100_000;
const LARGE_DATA = 100_000;
const LARGE_DATA_SHARE = 0.0003;
const HUGE_DATA = 20_000_000;
/** The places of huge data in the block. */
const HUGE_DATA_AT = [0.2, 0.5, 0.8];
const RUN_SHARE = 0.0005;
const RUN_LENGTHS = [20, 500] as const;

/**
 * The block files of a chain on BSV's regtest with a giant block at height 120, made once: always the same for the same
 * size. Two small blocks after it spend some of its outputs.
 * @param options.bytes the size of the block, 1 MB to 4 GiB - 1 [1 GiB]; its special parts are smaller in small blocks
 * @param options.folder the cache; by default that of BITQL_BENCH_CACHE, or a temporary one
 * @throws RangeError for another size
 */
export async function giantBlockFiles(options: { bytes?: number; folder?: string } = {}): Promise<ChainFiles> {
  const { bytes = 1024 ** 3, folder = null } = options;
  if (!Number.isInteger(bytes) || bytes < MIN_BYTES || bytes > MAX_BYTES) {
    throw new RangeError(`a giant block has ${MIN_BYTES} to ${MAX_BYTES} bytes, not ${bytes}`);
  }
  return cachedChain(`${NETWORK}-giant-${bytes}`, folder, NETWORK, (into) => makeChain(into, bytes));
}

function makeChain(folder: string, bytes: number): ChainTotals {
  const network = networkById(NETWORK);
  const chain = new SyntheticChain(network, 'giant-block');
  using files = new BlockFileWriter(folder, network.magic);
  const small = () => chain.block(chain.height > network.coinbaseMaturity ? SMALL_BLOCK : 1);
  while (chain.height < BLOCKS_BEFORE) files.append(small());
  writeGiantBlock(chain, files, bytes);
  while (chain.height <= BLOCKS_BEFORE + BLOCKS_BEHIND) files.append(small());
  return chain.totals;
}

/** Writes the transactions as they are made, and then header, count and coinbase in front of them. */
function writeGiantBlock(chain: SyntheticChain, files: BlockFileWriter, bytes: number): void {
  const progress = progressOf(`block of ${bytes} bytes`, bytes);
  // The room for the count is reserved before the count is known. A block that may have few transactions gets only a few.
  const many = bytes >= MANY_BYTES;
  const maxCount = many ? Number.POSITIVE_INFINITY : MANY_TRANSACTIONS - 1;
  const headLength = HEADER_SIZE + compactSizeLength(many ? MANY_TRANSACTIONS : maxCount) + chain.coinbaseLength;
  const start = files.begin(bytes);
  files.write(new Uint8Array(headLength));
  const contents = chain.begin();
  for (const transaction of transactionsOf(chain, contents, bytes - headLength, maxCount - 1)) {
    contents.add(transaction);
    files.write(transaction.bytes);
    if (contents.count % MARK_EVERY === 0) chain.transactions.coins.mark();
    progress(contents.bytes);
  }
  const head = chain.finish(contents);
  if (head.length !== headLength) throw new Error(`${contents.count} transactions, which the count has no room for`);
  files.overwrite(start, head);
}

/** Transactions with exactly so many bytes in total. */
function* transactionsOf(
  { transactions, random }: SyntheticChain,
  contents: BlockContents,
  bytes: number,
  maxCount: number,
): Generator<MadeTransaction> {
  const huge = HUGE_DATA_AT.map((share) => share * bytes);
  const newest = () => [transactions.coins.takeNewest()];
  const goesOn = () => bytes - contents.bytes > RESERVE && contents.count < maxCount - 1;
  // Spends a whole coinbase that has just matured.
  yield transactions.make(newest(), Math.min(WIDE_OUTPUTS, Math.floor(bytes / 200)), null);
  while (goesOn()) {
    if (contents.bytes > (huge[0] ?? Number.POSITIVE_INFINITY)) {
      huge.shift();
      yield transactions.withData(Math.min(HUGE_DATA, Math.floor(bytes / 50)));
    } else if (random.chance(LARGE_DATA_SHARE)) {
      yield transactions.withData(Math.min(LARGE_DATA, Math.floor(bytes / 50)));
    } else if (random.chance(RUN_SHARE)) {
      for (let left = random.between(...RUN_LENGTHS); left > 0 && goesOn(); left--) {
        yield transactions.make(newest(), 1, null);
      }
    } else {
      yield transactions.ordinary();
    }
  }
  yield transactions.ofSize(bytes - contents.bytes);
}
