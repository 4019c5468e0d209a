import { setImmediate } from 'node:timers/promises';
import { readBlock } from '../../../src/chain/block.ts';
import { ByteReader, equalBytes, hashFromHex, hashToHex, MalformedBytesError } from '../../../src/chain/bytes.ts';
import { type BlockHeader, HEADER_SIZE, parseHeader, targetFromBits, workFromBits } from '../../../src/chain/header.ts';
import type { Network } from '../../../src/chain/networks.ts';
import { BitqlError } from '../../../src/errors.ts';
import { BlockCheck } from '../../block-check.ts';
import { BlockTable, type FiledBlock, NONE } from './block-table.ts';
import { BlockFile, type BlockFolder, fileChunks, pathOf } from './files.ts';
import { recordsOf } from './records.ts';

/** What of a block is read to know it: header and count of transactions. */
const HEAD = HEADER_SIZE + 9;
/** Blocks that are looked at in one go. */
const BETWEEN_PAUSES = 5_000;
/** Of so many blocks, the work up to one is kept. */
const WORK_SPAN = 128;
/** From this version on, a coinbase begins with its block's height (BIP 34). */
const VERSION_WITH_HEIGHT = 2;

/** What helps where files are damaged. */
export const CURE =
  'Index from the node itself (bitql index --node URL; with --blocks, the node is asked only for damaged blocks), ' +
  'or let bitcoind repair its files (-reindex).';

/** The heaviest chain of a folder's blocks; the stale ones are known by hash. */
export class FiledChain {
  /** The height of the lowest block. */
  readonly start: number;
  /** Why the chain ends above the first block, or below others, though no file is missing; null where it does not. */
  readonly damage: string | null;
  readonly #table: BlockTable;
  /** Numbers of blocks in the table, lowest first. */
  readonly #chain: Int32Array;
  /** For each block of the table its place in the chain; NONE for stale ones. */
  readonly #places: Int32Array;
  /** Work of the chain up to every so many-th block, that one included. */
  readonly #works: readonly bigint[];
  /** Transactions of the chain up to each block, that one included. */
  readonly #counts: Float64Array;

  constructor(table: BlockTable, chain: Int32Array, start: number, damage: string | null) {
    this.start = start;
    this.damage = damage;
    this.#table = table;
    this.#chain = chain;
    this.#places = new Int32Array(table.size).fill(NONE);
    this.#counts = new Float64Array(chain.length);
    const works: bigint[] = [];
    let work = 0n;
    let count = 0;
    chain.forEach((block, place) => {
      this.#places[block] = place;
      count += table.transactionCount(block);
      this.#counts[place] = count;
      work += workFromBits(table.header(block).bits);
      if (place % WORK_SPAN === 0) works.push(work);
    });
    this.#works = works;
  }

  /** Blocks of the chain. */
  get length(): number {
    return this.#chain.length;
  }

  at(height: number): FiledBlock | null {
    const block = this.#chain[height - this.start];
    return block === undefined ? null : this.#table.get(block);
  }

  /** Also a stale block. @param hash in display-order hex */
  find(hash: string): FiledBlock | null {
    const block = this.#table.find(hashFromHex(hash));
    return block === NONE ? null : this.#table.get(block);
  }

  /** Transactions of the chain up to a block; null for one that is not on it. @param hash in display-order hex */
  transactionsUpTo(hash: string): number | null {
    const block = this.#table.find(hashFromHex(hash));
    const place = block === NONE ? NONE : this.#places[block]!;
    return place === NONE ? null : this.#counts[place]!;
  }

  /** The work of a block, also a stale one, and all below it that are there. @param hash of one that is there */
  workUpTo(hash: string): bigint {
    let work = 0n;
    for (let block = this.#table.find(hashFromHex(hash)); block !== NONE; block = parentOf(this.#table, block)) {
      const place = this.#places[block]!;
      if (place !== NONE && place % WORK_SPAN === 0) return work + this.#works[place / WORK_SPAN]!;
      work += workFromBits(this.#table.header(block).bits);
    }
    return work;
  }
}

/**
 * Looks at all blocks of a folder. They may lie in any order, and stale ones among them.
 * @param signal ends it early
 * @throws BAD_SETTING where the lowest block's height cannot be known, BLOCK_DAMAGED where that is since it is damaged
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

/** Of a record whose header is none. */
interface RecordPlace {
  readonly file: number;
  readonly offset: number;
}

/** Places that are remembered of one file. */
const MAX_PLACES = 3;

/**
 * A pruned node removes its first files; where those are there, the chain should lead down to the first block. Blocks
 * whose parent is missing are no damage by themselves: a node that syncs has them.
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

/** Whether blocks beside those above the lowest one of the chain stand on a block that is not there. */
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

/** The file whose blocks are added to a table. */
interface BlocksToAdd {
  readonly folder: BlockFolder;
  /** That of the file. */
  readonly number: number;
  /** What each record begins with. */
  readonly magic: Network['magic'];
}

/** @returns where records have no header */
async function addBlocks(
  table: BlockTable,
  { folder, number, magic }: BlocksToAdd,
  signal: AbortSignal,
): Promise<RecordPlace[]> {
  const unreadable: RecordPlace[] = [];
  let seen = 0;
  using file = new BlockFile(folder, { kind: 'blk', number });
  for (const { head, offset, length } of recordsOf(file, magic, HEAD)) {
    // Files are looked at synchronously: whatever else waits gets its turn in between.
    if (seen++ % BETWEEN_PAUSES === 0) await setImmediate(undefined, { signal });
    const known = readHead(head);
    if (known !== null) table.add({ ...known, file: number, offset, length });
    else if (unreadable.length < MAX_PLACES) unreadable.push({ file: number, offset });
  }
  return unreadable;
}

/** Null for what is no block, which without its work could pass for the tip of the heaviest chain. */
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

/** From the block with the most work below it down to the last one whose parent is there; lowest first. */
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

/** Notes the work of a block and all below it that are there, for each of them. */
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

function parentOf(table: BlockTable, block: number): number {
  return table.find(table.header(block).previousHash);
}

/** 0 for the first block of a chain; where files before are missing, the height that the coinbase tells (BIP 34). */
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

/** The number that a script pushes first. */
function readScriptNumber(script: Uint8Array): number {
  const opcode = script[0] ?? 0;
  if (opcode > 0x50) return opcode - 0x50;
  return script.subarray(1, 1 + opcode).reduceRight((number, byte) => number * 256 + byte, 0);
}
