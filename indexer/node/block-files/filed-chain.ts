import { equalBytes, hashFromHex, u32At } from '../../../src/chain/bytes.ts';
import { BlockHeader, HEADER_SIZE, workFromBits } from '../../../src/chain/header.ts';
import type { ByteRange } from './block-folder.ts';

/** The total work is kept for every block whose place is a multiple of this. */
const WORK_SPAN = 128;

/** The heaviest chain of a folder's blocks; stale blocks are found by hash only. */
export class FiledChain {
  /** The height of the lowest block. */
  readonly start: number;
  /**
   * Why the chain ends above the first block, or other blocks have no parent, though no file is missing; null if
   * nothing is wrong.
   */
  readonly damage: string | null;
  readonly #table: BlockTable;
  /** Numbers of blocks in the table, lowest first. */
  readonly #chain: Int32Array;
  /** The place in the chain of each block of the table; NONE for stale ones. */
  readonly #places: Int32Array;
  /** Work of the chain up to and including every block whose place is a multiple of WORK_SPAN. */
  readonly #works: readonly bigint[];
  /** Number of transactions of the chain up to and including each block. */
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

  /** Number of blocks of the chain. */
  get length(): number {
    return this.#chain.length;
  }

  at(height: number): FiledBlock | null {
    const block = this.#chain[height - this.start];
    return block === undefined ? null : this.#table.get(block);
  }

  /**
   * Finds stale blocks too.
   * @param hash in display-order hex
   */
  find(hash: string): FiledBlock | null {
    const block = this.#table.find(hashFromHex(hash));
    return block === NONE ? null : this.#table.get(block);
  }

  /**
   * Number of transactions of the chain up to and including a block; null for one that is not on it.
   * @param hash in display-order hex
   */
  transactionsUpTo(hash: string): number | null {
    const block = this.#table.find(hashFromHex(hash));
    const place = block === NONE ? NONE : this.#places[block]!;
    return place === NONE ? null : this.#counts[place]!;
  }

  /**
   * The work of a block, which may be stale, and of all blocks below it that are there.
   * @param hash of a block that is there
   */
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

export function parentOf(table: BlockTable, block: number): number {
  return table.find(table.header(block).previousHash);
}

/** Where a block lies, and its header. */
export interface FiledBlock extends ByteRange {
  /** The number of its file. */
  readonly file: number;
  readonly transactionCount: number;
  readonly header: BlockHeader;
}

const HASH_AT = HEADER_SIZE;
const OFFSET_AT = HASH_AT + 32;
const LENGTH_AT = OFFSET_AT + 8;
const FILE_AT = LENGTH_AT + 8;
const COUNT_AT = FILE_AT + 4;
const ROW = COUNT_AT + 4;
const SEGMENT_ROWS = 16_384;
const EMPTY = -1;

/** Stands for a block that the table does not have. */
export const NONE = -1;

/**
 * All blocks of a folder, by number (in the order in which they were found) and by hash. Each takes 136 bytes, and
 * about 8 for the search.
 */
export class BlockTable {
  /** Number of blocks; they are numbered from 0. */
  size = 0;
  readonly #segments: DataView[] = [];
  /** Numbers of blocks, each at the first free slot at or after that of its hash (open addressing). */
  #slots = new Int32Array(1024).fill(EMPTY);

  /** Adds a block unless it is there already. */
  add({ file, offset, length, transactionCount, header }: FiledBlock): void {
    const slot = this.#slotOf(header.hash);
    if (this.#slots[slot] !== EMPTY) return;
    this.#slots[slot] = this.size;
    if (this.size % SEGMENT_ROWS === 0) this.#segments.push(new DataView(new ArrayBuffer(SEGMENT_ROWS * ROW)));
    const { view, at } = this.#row(this.size);
    const bytes = new Uint8Array(view.buffer, at, ROW);
    bytes.set(header.bytes);
    bytes.set(header.hash, HASH_AT);
    view.setFloat64(at + OFFSET_AT, offset);
    view.setFloat64(at + LENGTH_AT, length);
    view.setUint32(at + FILE_AT, file);
    view.setUint32(at + COUNT_AT, transactionCount);
    this.size += 1;
    if (2 * this.size > this.#slots.length) this.#growSlots();
  }

  /** The number of the block with this hash; NONE if it is not there. */
  find(hash: Uint8Array): number {
    return this.#slots[this.#slotOf(hash)]!;
  }

  get(block: number): FiledBlock {
    const { view, at } = this.#row(block);
    return {
      file: view.getUint32(at + FILE_AT),
      offset: view.getFloat64(at + OFFSET_AT),
      length: view.getFloat64(at + LENGTH_AT),
      transactionCount: this.transactionCount(block),
      header: this.header(block),
    };
  }

  transactionCount(block: number): number {
    const { view, at } = this.#row(block);
    return view.getUint32(at + COUNT_AT);
  }

  /** The header, on bytes of the table. */
  header(block: number): BlockHeader {
    const { view, at } = this.#row(block);
    return new BlockHeader(new Uint8Array(view.buffer, at, HEADER_SIZE));
  }

  /** 32 bytes of the table, in internal order. */
  hash(block: number): Uint8Array {
    const { view, at } = this.#row(block);
    return new Uint8Array(view.buffer, at + HASH_AT, 32);
  }

  #row(block: number): { view: DataView; at: number } {
    return { view: this.#segments[Math.floor(block / SEGMENT_ROWS)]!, at: (block % SEGMENT_ROWS) * ROW };
  }

  /**
   * The slot of the hash, or the free one where it belongs. The first bytes of a hash are as good as random: only the
   * last ones are mined to be zero.
   */
  #slotOf(hash: Uint8Array): number {
    const mask = this.#slots.length - 1;
    let slot = u32At(hash, 0) & mask;
    for (; this.#slots[slot] !== EMPTY; slot = (slot + 1) & mask) {
      if (equalBytes(this.hash(this.#slots[slot]!), hash)) break;
    }
    return slot;
  }

  #growSlots(): void {
    this.#slots = new Int32Array(2 * this.#slots.length).fill(EMPTY);
    for (let block = 0; block < this.size; block++) this.#slots[this.#slotOf(this.hash(block))] = block;
  }
}
