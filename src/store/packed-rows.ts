import { endianness } from 'node:os';
import { ByteWriter } from '../chain/byte-writer.ts';
import { viewOf } from '../chain/bytes.ts';
import { CHECKSUM_LENGTH, checksumOf } from './checksum.ts';
import type { PackedRows, Row } from './store.ts';

const FIRST_BYTES = 64 * 1024;
const FIRST_ROWS = 1_024;

/** Gathers rows in any order. Each is written as a key, `endKey()`, a value, `endRow()`. */
export class RowPacker {
  /** The bytes of the current row are written here. */
  readonly bytes: ByteWriter;
  #ends: Uint32Array<ArrayBuffer>;
  #count = 0;

  /** @param spare rows that are no longer needed, whose memory is reused */
  constructor(spare?: PackedRows) {
    this.bytes = new ByteWriter(spare?.bytes ?? FIRST_BYTES);
    this.#ends = spare === undefined ? new Uint32Array(2 * FIRST_ROWS) : new Uint32Array(spare.ends.buffer);
  }

  endKey(): this {
    if (2 * this.#count === this.#ends.length) this.#grow();
    this.#ends[2 * this.#count] = this.bytes.length;
    return this;
  }

  endRow(): void {
    const start = this.#count === 0 ? 0 : this.#ends[2 * this.#count - 1]!;
    const { bytes } = this;
    bytes.u32(checksumOf(bytes.memory, start, bytes.length));
    this.#ends[2 * this.#count + 1] = this.bytes.length;
    this.#count += 1;
  }

  add({ key, value }: Row): void {
    this.bytes.bytes(key);
    this.endKey().bytes.bytes(value);
    this.endRow();
  }

  /** The rows gathered so far. The packer must not be used afterwards. */
  finish(): PackedRows {
    const bytes = this.bytes.release();
    const ends = this.#ends.subarray(0, 2 * this.#count);
    return { bytes, ends, order: keyOrder(bytes, ends) };
  }

  #grow(): void {
    const ends = new Uint32Array(2 * this.#ends.length);
    ends.set(this.#ends);
    this.#ends = ends;
  }
}

export function packRows(rows: readonly Row[]): PackedRows {
  const packer = new RowPacker();
  for (const row of rows) packer.add(row);
  return packer.finish();
}

/** The row at a place of the key order, as views. */
export function rowAt(packed: PackedRows, place: number): Row {
  const { key, value } = storedRowAt(packed, place);
  return { key, value: value.subarray(0, value.length - CHECKSUM_LENGTH) };
}

/** As {@link rowAt}, but as a store keeps it, with the checksum after the value. */
export function storedRowAt({ bytes, ends, order }: PackedRows, place: number): Row {
  const row = order[place]!;
  const start = row === 0 ? 0 : ends[2 * row - 1]!;
  const keyEnd = ends[2 * row]!;
  return { key: viewOf(bytes, start, keyEnd), value: viewOf(bytes, keyEnd, ends[2 * row + 1]!) };
}

/** The size in bytes of the row at a place of the key order. */
export function rowSize({ ends, order }: PackedRows, place: number): number {
  const row = order[place]!;
  return ends[2 * row + 1]! - (row === 0 ? 0 : ends[2 * row - 1]!);
}

/** All rows in key order. */
export function rowsOf(packed: PackedRows): Row[] {
  return Array.from(packed.order, (_, place) => rowAt(packed, place));
}

/** The index of the upper half of a 64-bit number that is seen as two of 32 bits. */
const UPPER = endianness() === 'LE' ? 1 : 0;
/** How many bytes of a key are compared as a number. */
const PREFIX = 4;

/** Sorts numbers made of the first bytes of a key and the row's number; then sorts ties by their whole keys. */
function keyOrder(bytes: Uint8Array, ends: Uint32Array): Uint32Array<ArrayBuffer> {
  const count = ends.length / 2;
  const pairs = new BigUint64Array(count);
  const halves = new Uint32Array(pairs.buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let row = 0; row < count; row++) {
    const start = row === 0 ? 0 : ends[2 * row - 1]!;
    halves[2 * row + UPPER] = start + PREFIX <= ends[2 * row]! ? view.getUint32(start) : 0;
    halves[2 * row + 1 - UPPER] = row;
  }
  pairs.sort();
  const order = new Uint32Array(count);
  for (let first = 0, place = 0; place < count; place++) {
    order[place] = halves[2 * place + 1 - UPPER]!;
    const isLastOfTies = place + 1 === count || halves[2 * place + 2 + UPPER] !== halves[2 * place + UPPER];
    if (!isLastOfTies) continue;
    if (place > first) sortTies(order.subarray(first, place + 1), bytes, ends);
    first = place + 1;
  }
  return order;
}

/** Sorts rows whose keys begin with the same bytes. Most often they are in key order already. */
function sortTies(rows: Uint32Array, bytes: Uint8Array, ends: Uint32Array): void {
  for (let i = 1; i < rows.length; i++) {
    if (compareKeys(bytes, ends, rows[i - 1]!, rows[i]!) <= 0) continue;
    rows.sort((a, b) => compareKeys(bytes, ends, a, b) || a - b);
    return;
  }
}

function compareKeys(bytes: Uint8Array, ends: Uint32Array, a: number, b: number): number {
  let atA = a === 0 ? 0 : ends[2 * a - 1]!;
  let atB = b === 0 ? 0 : ends[2 * b - 1]!;
  const endA = ends[2 * a]!;
  const endB = ends[2 * b]!;
  for (; atA < endA && atB < endB; atA++, atB++) {
    if (bytes[atA] !== bytes[atB]) return bytes[atA]! - bytes[atB]!;
  }
  return endA - atA - (endB - atB);
}
