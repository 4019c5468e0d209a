import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { ByteReader, equalBytes, hashToHex, MalformedBytesError } from '../../../src/chain/bytes.ts';
import { sha256 } from '../../../src/chain/hash.ts';
import type { SpentOutput } from '../../../src/chain/inputs-outputs.ts';
import type { Network } from '../../../src/chain/networks.ts';
import { BitqlError } from '../../../src/errors.ts';
import { readOutputLists } from '../serialized-outputs.ts';
import { BlockFile, type BlockFolder, type ByteRange, type FileName, fileChunks, pathOf } from './block-folder.ts';
import { COMPRESSED_OUTPUTS } from './compressed-outputs.ts';
import type { FiledBlock } from './filed-chain.ts';
import { recordsOf } from './records.ts';

/** Blocks near the end of a file alternate between two files, and a fork may reach further. */
const KEPT_INDEXES = 4;
const CHUNK = 1024 * 1024;

/** Reads the outputs that blocks spend from the rev files beside their blk files. */
export class UndoReader {
  readonly #folder: BlockFolder;
  readonly #network: Network;
  /** By file number; the most recently used is last. */
  readonly #indexes = new Map<number, Promise<RevIndex | null>>();

  constructor(folder: BlockFolder, network: Network) {
    this.#folder = folder;
    this.#network = network;
  }

  /** Null if the files have no record of the block, for example because it was never on the main chain. */
  async spentOutputs(block: FiledBlock): Promise<AsyncIterable<readonly SpentOutput[]> | null> {
    // A block with only a coinbase has no record.
    if (block.transactionCount === 1) return withCoinbase(none());
    const record = await this.#find(block);
    return record === null ? null : withCoinbase(this.#lists(block, record));
  }

  /** A record does not name its block, but its checksum depends on it. */
  async #find({ file: number, transactionCount, header }: FiledBlock): Promise<ByteRange | null> {
    const index = await this.#indexOf(number);
    if (index === null) return null;
    using file = new BlockFile(this.#folder, { kind: 'rev', number });
    return await index.find(transactionCount - 1, (record) => isUndoOf(header.previousHash, record, file));
  }

  #indexOf(number: number): Promise<RevIndex | null> {
    const index = this.#indexes.get(number) ?? RevIndex.read(this.#folder, number, this.#network.magic);
    this.#indexes.delete(number);
    this.#indexes.set(number, index);
    index.catch(() => this.#indexes.delete(number));
    if (this.#indexes.size > KEPT_INDEXES) this.#indexes.delete(this.#indexes.keys().next().value!);
    return index;
  }

  async *#lists({ file, header }: FiledBlock, record: ByteRange): AsyncGenerator<SpentOutput[]> {
    const name: FileName = { kind: 'rev', number: file };
    try {
      yield* readOutputLists(fileChunks(this.#folder, name, record), COMPRESSED_OUTPUTS);
    } catch (error) {
      if (!(error instanceof MalformedBytesError)) throw error;
      const what = `the outputs that block ${hashToHex(header.hash)} spends`;
      throw new BitqlError('NODE_REFUSED', `${pathOf(this.#folder, name)} is damaged in ${what}.`, error);
    }
  }
}

/** Core: CBlockUndo has a list for each transaction except the coinbase. */
async function* withCoinbase(others: AsyncIterable<SpentOutput[]>): AsyncGenerator<SpentOutput[]> {
  yield [];
  yield* others;
}

async function* none(): AsyncGenerator<never> {}

/** Whether the checksum after a record is that of a block with this parent. */
async function isUndoOf(previousHash: Uint8Array, { offset, length }: ByteRange, file: BlockFile): Promise<boolean> {
  const end = offset + length;
  const hash = createHash('sha256').update(previousHash);
  for (let at = offset; at < end; at += CHUNK) {
    if (at > offset) await setImmediate();
    hash.update(file.readAll({ offset: at, length: Math.min(CHUNK, end - at) }));
  }
  return equalBytes(sha256(hash.digest()), file.readAll({ offset: end, length: UNDO_CHECKSUM_LENGTH }));
}

/** Length of the checksum after each record: the double SHA-256 of the previous block's hash and the record. */
const UNDO_CHECKSUM_LENGTH = 32;
/** Longest count at the start of a record, in bytes. */
const HEAD = 9;
/** Records that are read without a pause. */
const BETWEEN_PAUSES = 5_000;

/** Where the records of one rev file are, in 24 bytes each. */
class RevIndex {
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;
  readonly #counts: Float64Array;
  /**
   * Records are in the order in which their blocks were connected, so a caller that reads in chain order finds the next
   * one here.
   */
  #next = 0;

  private constructor(offsets: readonly number[], lengths: readonly number[], counts: readonly number[]) {
    this.#offsets = Float64Array.from(offsets);
    this.#lengths = Float64Array.from(lengths);
    this.#counts = Float64Array.from(counts);
  }

  /** Null if there is no such file. */
  static async read(folder: BlockFolder, number: number, magic: Uint8Array): Promise<RevIndex | null> {
    const offsets: number[] = [];
    const lengths: number[] = [];
    const counts: number[] = [];
    using file = openIfThere(folder, number);
    if (file === null) return null;
    for (const { offset, length, head } of recordsOf(file, magic, HEAD, UNDO_CHECKSUM_LENGTH)) {
      offsets.push(offset);
      lengths.push(length);
      counts.push(countIn(head));
      if (offsets.length % BETWEEN_PAUSES === 0) await setImmediate();
    }
    return new RevIndex(offsets, lengths, counts);
  }

  /** The first record of `count` lists that the test accepts. */
  async find(count: number, test: (record: ByteRange) => Promise<boolean>): Promise<ByteRange | null> {
    const start = this.#next;
    const total = this.#offsets.length;
    for (let i = 0; i < total; i++) {
      const at = (start + i) % total;
      if (this.#counts[at] !== count) continue;
      const record = { offset: this.#offsets[at]!, length: this.#lengths[at]! };
      if (!(await test(record))) continue;
      this.#next = at + 1;
      return record;
    }
    return null;
  }
}

function openIfThere(folder: BlockFolder, number: number): BlockFile | null {
  try {
    return new BlockFile(folder, { kind: 'rev', number });
  } catch (error) {
    if (error instanceof BitqlError && error.code === 'NODE_PRUNED') return null;
    throw error;
  }
}

/** -1 if it is not a record. */
function countIn(head: Uint8Array): number {
  try {
    return new ByteReader(head).compactSize();
  } catch (error) {
    if (error instanceof MalformedBytesError) return -1;
    throw error;
  }
}
