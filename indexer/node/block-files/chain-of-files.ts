import { setImmediate } from 'node:timers/promises';
import { ByteReader, hashToHex } from '../../../src/chain/bytes.ts';
import { type BlockHeader, HEADER_SIZE, parseHeader, workFromBits } from '../../../src/chain/header.ts';
import { MalformedBytesError } from '../../../src/chain/malformed.ts';
import type { Network } from '../../../src/chain/networks.ts';
import { parseTransaction } from '../../../src/chain/transaction.ts';
import { BlockFile, type BlockFolder } from './files.ts';
import { type FileRecord, recordsOf } from './records.ts';

/** Where a block lies, and what chains it to others. */
export interface FiledBlock extends FileRecord {
  /** The number of its file. */
  readonly file: number;
  /** Display-order hex. */
  readonly hash: string;
  readonly header: BlockHeader;
  readonly transactionCount: number;
}

/** The heaviest chain of a folder's blocks, lowest first; and all blocks, stale ones too, by hash. */
export interface FiledChain {
  readonly start: number;
  readonly blocks: readonly FiledBlock[];
  readonly byHash: ReadonlyMap<string, FiledBlock>;
}

/** What of a block is read to know it: header and count of transactions. */
const HEAD = HEADER_SIZE + 9;
const NO_HASH = '0'.repeat(64);

/**
 * Looks at all blocks of a folder. They may lie in any order, and stale ones among them.
 * @param signal ends it early; asked between two files
 */
export async function readChain(folder: BlockFolder, network: Network, signal: AbortSignal): Promise<FiledChain> {
  const byHash = new Map<string, FiledBlock>();
  for (const number of folder.numbers) {
    // Files are read synchronously: whatever else waits gets its turn in between.
    await setImmediate(undefined, { signal });
    using file = new BlockFile(folder, 'blk', number);
    for (const record of recordsOf(file, network.magic)) {
      const block = readHead(file, number, record);
      if (block !== null && !byHash.has(block.hash)) byHash.set(block.hash, block);
    }
  }
  const blocks = heaviestChain(byHash);
  return { start: blocks.length === 0 ? 0 : heightOf(blocks[0]!, folder, network), blocks, byHash };
}

export function readBlock(folder: BlockFolder, { file, offset, length }: FiledBlock): Uint8Array {
  using opened = new BlockFile(folder, 'blk', file);
  return opened.read(offset, length);
}

function readHead(file: BlockFile, number: number, record: FileRecord): FiledBlock | null {
  const head = file.read(record.offset, Math.min(HEAD, record.length));
  try {
    const header = parseHeader(head);
    const transactionCount = new ByteReader(head, HEADER_SIZE).compactSize();
    return { ...record, file: number, hash: hashToHex(header.hash), header, transactionCount };
  } catch (error) {
    if (error instanceof MalformedBytesError) return null;
    throw error;
  }
}

/** From the block with the most work below it down to the last one whose parent is there. */
function heaviestChain(byHash: ReadonlyMap<string, FiledBlock>): FiledBlock[] {
  const works = new Map<string, bigint>();
  let best: FiledBlock | undefined;
  for (const block of byHash.values()) {
    const work = workOf(block, byHash, works);
    if (best === undefined || work > works.get(best.hash)!) best = block;
  }
  const chain: FiledBlock[] = [];
  for (let block = best; block !== undefined; block = byHash.get(parentOf(block))) chain.push(block);
  return chain.reverse();
}

/** The work of a block and all below it that are there. */
function workOf(block: FiledBlock, byHash: ReadonlyMap<string, FiledBlock>, works: Map<string, bigint>): bigint {
  const branch: FiledBlock[] = [];
  let next: FiledBlock | undefined = block;
  for (; next !== undefined && !works.has(next.hash); next = byHash.get(parentOf(next))) branch.push(next);
  let work = next === undefined ? 0n : works.get(next.hash)!;
  for (const above of branch.reverse()) {
    work += workFromBits(above.header.bits);
    works.set(above.hash, work);
  }
  return work;
}

function parentOf({ header }: FiledBlock): string {
  return hashToHex(header.previousHash);
}

/** 0 for the first block of a chain; where files before are missing, the height that the coinbase tells (BIP 34). */
function heightOf(block: FiledBlock, folder: BlockFolder, network: Network): number {
  if (parentOf(block) === NO_HASH) return 0;
  const bytes = readBlock(folder, block);
  const reader = new ByteReader(bytes, HEADER_SIZE);
  reader.compactSize();
  const { unlockingScript } = parseTransaction(bytes, network, reader.offset).inputs[0]!;
  return readScriptNumber(unlockingScript);
}

/** The number that a script pushes first. */
function readScriptNumber(script: Uint8Array): number {
  const opcode = script[0] ?? 0;
  if (opcode > 0x50) return opcode - 0x50;
  return script.subarray(1, 1 + opcode).reduceRight((number, byte) => number * 256 + byte, 0);
}
