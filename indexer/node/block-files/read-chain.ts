import { setImmediate } from 'node:timers/promises';
import { readBlock } from '../../../src/chain/block.ts';
import { ByteReader, equalBytes, hashToHex, MalformedBytesError } from '../../../src/chain/bytes.ts';
import { type BlockHeader, HEADER_SIZE, parseHeader, targetFromBits, workFromBits } from '../../../src/chain/header.ts';
import type { Network } from '../../../src/chain/networks.ts';
import { BitqlError } from '../../../src/errors.ts';
import { BlockCheck } from '../../block-check.ts';
import { BlockFile, type BlockFolder, fileChunks, pathOf } from './block-folder.ts';
import { BlockTable, type FiledBlock, FiledChain, NONE, parentOf } from './filed-chain.ts';
import { recordsOf } from './records.ts';

/** Bytes that are read of each block: header and count of transactions. */
const HEAD = HEADER_SIZE + 9;
/** Blocks that are read without a pause. */
const BETWEEN_PAUSES = 5_000;
/** From this version on, a coinbase begins with its block's height (BIP 34). */
const VERSION_WITH_HEIGHT = 2;

/** What helps if files are damaged. */
export const CURE =
  'Index from the node itself (bitql index --node URL; with --blocks, the node is asked only for damaged blocks), ' +
  'or let bitcoind repair its files (-reindex).';

/**
 * Reads the headers of all blocks of a folder. Blocks may be in any order, with stale ones among them.
 * @param signal ends it early
 * @throws BAD_SETTING if the height of the lowest block cannot be known, BLOCK_DAMAGED if that is because of damage
 */
export async function readChain(folder: BlockFolder, network: Network, signal: AbortSignal): Promise<FiledChain> {
  const table = new BlockTable();
  const unreadable: RecordPlace[] = [];
  const { magic } = network;
  for (const number of folder.numbers) {
    unreadable.push(...(await addBlocks(table, { folder, number, magic }, signal)));
  }
  const chain = heaviestChain(table);
  if (chain.length === 0) {
    if (unreadable.length > 0) throw new BitqlError('BLOCK_DAMAGED', unreadableBlocks(unreadable, folder));
    return new FiledChain(table, chain, 0, null);
  }
  const lowest = table.get(chain[0]!);
  const damage = damageOf(table, lowest, unreadable, folder);
  const start = await heightOf(lowest, folder, network).catch((error: unknown) => {
    throw damage === null || !(error instanceof BitqlError || error instanceof MalformedBytesError)
      ? error
      : new BitqlError('BLOCK_DAMAGED', damage, error);
  });
  return new FiledChain(table, chain, start, damage);
}

/** The place of a record without a valid header. */
interface RecordPlace {
  readonly file: number;
  readonly offset: number;
}

/** Places that are kept for each file. */
const MAX_PLACES = 3;

/**
 * A pruned node removes its first files. If those are there, the chain should lead down to the first block. A block
 * whose parent is missing is no damage by itself: a node that is syncing has such blocks.
 */
function damageOf(
  table: BlockTable,
  lowest: FiledBlock,
  unreadable: readonly RecordPlace[],
  folder: BlockFolder,
): string | null {
  const isCutOff = folder.numbers[0] === 0 && !isFirst(lowest.header);
  if (unreadable.length > 0 && (isCutOff || hasOrphans(table, lowest))) return unreadableBlocks(unreadable, folder);
  if (!isCutOff) return null;
  const parent = hashToHex(lowest.header.previousHash);
  const file = pathOf(folder, { kind: 'blk', number: lowest.file });
  return `Block ${parent}, the parent of the next block in ${file}, is missing there: the file is damaged. ${CURE}`;
}

function unreadableBlocks(places: readonly RecordPlace[], folder: BlockFolder): string {
  const shown = places.slice(0, MAX_PLACES).map(({ file, offset }) => {
    return `${pathOf(folder, { kind: 'blk', number: file })} at byte ${offset}`;
  });
  return `Block files are damaged: there is no block where one should begin, in ${shown.join(', ')}. ${CURE}`;
}

/** Whether any block other than the lowest one of the chain has a missing parent. */
function hasOrphans(table: BlockTable, lowest: FiledBlock): boolean {
  for (let block = 0; block < table.size; block++) {
    const header = table.header(block);
    if (parentOf(table, block) === NONE && !isFirst(header) && !equalBytes(header.hash, lowest.header.hash))
      return true;
  }
  return false;
}

function isFirst({ previousHash }: BlockHeader): boolean {
  return previousHash.every((byte) => byte === 0);
}

/** A file whose blocks are added to a table. */
interface BlocksToAdd {
  readonly folder: BlockFolder;
  /** The number of the file. */
  readonly number: number;
  /** The bytes with which each record begins. */
  readonly magic: Network['magic'];
}

/** @returns the places of records without a valid header */
async function addBlocks(
  table: BlockTable,
  { folder, number, magic }: BlocksToAdd,
  signal: AbortSignal,
): Promise<RecordPlace[]> {
  const unreadable: RecordPlace[] = [];
  let seen = 0;
  using file = new BlockFile(folder, { kind: 'blk', number });
  for (const { head, offset, length } of recordsOf(file, magic, HEAD)) {
    // Files are read synchronously, so other work gets its turn in between.
    if (seen++ % BETWEEN_PAUSES === 0) await setImmediate(undefined, { signal });
    const known = readHead(head);
    if (known !== null) table.add({ ...known, file: number, offset, length });
    else if (unreadable.length < MAX_PLACES) unreadable.push({ file: number, offset });
  }
  return unreadable;
}

/** Null if it is not a block. Without the check of its work, it could pass for the tip of the heaviest chain. */
function readHead(head: Uint8Array): Pick<FiledBlock, 'header' | 'transactionCount'> | null {
  try {
    const header = parseHeader(head);
    const transactionCount = new ByteReader(head, HEADER_SIZE).compactSize();
    return hasWork(header) ? { header, transactionCount } : null;
  } catch (error) {
    if (error instanceof MalformedBytesError) return null;
    throw error;
  }
}

/** Core: CheckProofOfWork. */
function hasWork({ hash, bits }: BlockHeader): boolean {
  return BigInt(`0x${hashToHex(hash)}`) <= targetFromBits(bits);
}

/** The chain from the block with the most total work down to the last one whose parent is there; lowest first. */
function heaviestChain(table: BlockTable): Int32Array {
  const parents = Int32Array.from({ length: table.size }, (_, block) => parentOf(table, block));
  const works = new Array<bigint | undefined>(table.size);
  let best = NONE;
  for (let block = 0; block < table.size; block++) {
    addWork(works, block, parents, table);
    if (best === NONE || works[block]! > works[best]!) best = block;
  }
  const chain: number[] = [];
  for (let block = best; block !== NONE; block = parents[block]!) chain.push(block);
  return Int32Array.from(chain.reverse());
}

/** Stores the total work of a block, and of each block below it. */
function addWork(works: (bigint | undefined)[], block: number, parents: Int32Array, table: BlockTable): void {
  const branch: number[] = [];
  let next = block;
  for (; next !== NONE && works[next] === undefined; next = parents[next]!) branch.push(next);
  let work = next === NONE ? 0n : works[next]!;
  for (const above of branch.reverse()) {
    work += workFromBits(table.header(above).bits);
    works[above] = work;
  }
}

/** 0 for the first block of a chain. If earlier files are missing, the height in the coinbase (BIP 34). */
async function heightOf(block: FiledBlock, folder: BlockFolder, network: Network): Promise<number> {
  const { header, file } = block;
  if (isFirst(header)) return 0;
  if (header.version >= VERSION_WITH_HEIGHT) {
    const name = { kind: 'blk', number: file } as const;
    const { transactionCount, transactions } = await readBlock(fileChunks(folder, name, block), network);
    const check = new BlockCheck(header, transactionCount, network);
    let height: number | null = null;
    for await (const transaction of transactions) {
      height ??= readScriptNumber(transaction.inputs[0]!.unlockingScript);
      check.add(transaction);
    }
    const damage = check.damage();
    if (damage === null && height !== null) return height;
    const where = `${hashToHex(header.hash)} in ${pathOf(folder, name)}`;
    throw new BitqlError(
      'BLOCK_DAMAGED',
      `The lowest block, ${where}, is damaged: ${damage ?? 'it is empty'}. ${CURE}`,
    );
  }
  throw new BitqlError(
    'BAD_SETTING',
    `The files in ${folder.path} start in the middle of the chain, with a block that does not contain its height: add the files before them.`,
  );
}

/** The first number that a script pushes. */
function readScriptNumber(script: Uint8Array): number {
  const opcode = script[0] ?? 0;
  if (opcode > 0x50) return opcode - 0x50;
  return script.subarray(1, 1 + opcode).reduceRight((number, byte) => number * 256 + byte, 0);
}
