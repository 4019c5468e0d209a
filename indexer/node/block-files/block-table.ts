import { equalBytes, u32At } from '../../../src/chain/bytes.ts';
import { BlockHeader, HEADER_SIZE } from '../../../src/chain/header.ts';
import type { ByteRange } from './files.ts';

/** Where a block lies, and what chains it to others. */
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

/** A block that the table does not hold. */
export const NONE = -1;

/** All blocks of a folder by the order of their finding and by hash, in 136 bytes each and some 8 for the search. */
export class BlockTable {
  /** How many blocks there are; they are numbered from 0. */
  size = 0;
  readonly #segments: DataView[] = [];
  /** Numbers of blocks, each at the first free place from the one that its hash tells (open addressing). */
  #slots = new Int32Array(1024).fill(EMPTY);

  /** Adds a block unless it is there. */
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

  /** The number of the block with that hash; NONE if it is not there. */
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

  /** On bytes of the table. */
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

  /** Where the hash is, or would be. Its first bytes are as good as random: only the last ones are mined to be zero. */
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
