import { compactSizeAt, compactSizeWidth, MalformedBytesError, u16At, viewOf } from '../../chain/bytes.ts';
import { decompressed } from '../compression.ts';
import type { KeyRange, Row } from '../store.ts';

/** The current row of something that is read in key order. A million rows are read without an object for each. */
export interface RowCursor {
  /** The key is at `keyStart` to `keyEnd` in these bytes, which may change with the next row. */
  readonly keyBytes: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueBytes: Uint8Array;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A row whose key begins anew follows each such number of rows, so that a reader can begin there. */
const RESTART_ROWS = 16;
/** The longest key of a row. */
const MAX_KEY = 255;
/** Restart points have two bytes. */
const MAX_BYTES = 0xffff;
/** More than any page has. */
const LONGEST = 2 * MAX_BYTES;

/**
 * Writes rows, in key order, as they stand in a page: each as the number of bytes that its key shares with the key before,
 * the number of others, the length of its value, these other bytes, and the value. The places of the restart points
 * follow, and their number.
 */
export class PageBuilder {
  #bytes = new Uint8Array(16_384);
  #end = 0;
  #restarts: number[] = [];
  #last = new Uint8Array(MAX_KEY);
  #lastLength = 0;
  rows = 0;

  /** The length of the rows so far, in bytes. */
  get length(): number {
    return this.#end;
  }

  /** The key of the last row, as a view that the next row changes. */
  get lastKey(): Uint8Array {
    return viewOf(this.#last, 0, this.#lastLength);
  }

  /** How many bytes the key of a row shares with the key before. */
  sharedWith({ keyBytes, keyStart, keyEnd }: RowCursor): number {
    const most = Math.min(this.#lastLength, keyEnd - keyStart);
    let shared = 0;
    while (shared < most && this.#last[shared] === keyBytes[keyStart + shared]) shared++;
    return shared;
  }

  /** @throws RangeError for a row that does not fit into any page */
  add(row: RowCursor, shared = this.sharedWith(row)): void {
    const { keyBytes, keyStart, keyEnd, valueBytes, valueStart, valueEnd } = row;
    const isRestart = this.rows % RESTART_ROWS === 0;
    if (isRestart) this.#restarts.push(this.#end);
    const kept = isRestart ? 0 : shared;
    const length = keyEnd - keyStart;
    const valueLength = valueEnd - valueStart;
    this.#grow(length - kept + valueLength + 5, length);
    this.#bytes[this.#end++] = kept;
    this.#bytes[this.#end++] = length - kept;
    this.#putSize(valueLength);
    for (let i = kept; i < length; i++) {
      const byte = keyBytes[keyStart + i]!;
      this.#bytes[this.#end++] = byte;
      this.#last[i] = byte;
    }
    this.#lastLength = length;
    for (let i = valueStart; i < valueEnd; i++) this.#bytes[this.#end++] = valueBytes[i]!;
    this.rows += 1;
  }

  /** The rows as one piece of memory, and an empty builder that remembers the last key. */
  take(): Uint8Array {
    const bytes = new Uint8Array(this.#end + 2 * this.#restarts.length + 2);
    bytes.set(viewOf(this.#bytes, 0, this.#end));
    let at = this.#end;
    for (const number of [...this.#restarts, this.#restarts.length]) {
      bytes[at++] = number;
      bytes[at++] = number >>> 8;
    }
    this.#end = 0;
    this.#restarts = [];
    this.rows = 0;
    return bytes;
  }

  #putSize(size: number): void {
    if (size < 0xfd) {
      this.#bytes[this.#end++] = size;
      return;
    }
    this.#bytes[this.#end++] = 0xfd;
    this.#bytes[this.#end++] = size;
    this.#bytes[this.#end++] = size >>> 8;
  }

  #grow(size: number, keyLength: number): void {
    if (keyLength > MAX_KEY || this.#end + size > MAX_BYTES) throw new RangeError('a posting is longer than a page');
    if (this.#end + size <= this.#bytes.length) return;
    const larger = new Uint8Array(MAX_BYTES);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** The rows of a stored page. @throws MalformedBytesError */
export function unpackPage(page: Uint8Array): Uint8Array {
  const rows = decompressed(page, LONGEST);
  if (rows.length < 2 || rowsEnd(rows) < 0) throw new MalformedBytesError('not a page of a run', 0);
  return rows;
}

/** The rows of a stored page in which each row can be read; null of one that is damaged although its checksum is right. */
export function readablePage(page: Uint8Array): Uint8Array | null {
  try {
    return unpackPage(page);
  } catch {
    return null;
  }
}

function restartCount(rows: Uint8Array): number {
  return u16At(rows, rows.length - 2);
}

/** Where the rows end and their restart points begin. */
function rowsEnd(rows: Uint8Array): number {
  return rows.length - 2 - 2 * restartCount(rows);
}

/** Reads the rows of a page in order. */
export class PageCursor implements RowCursor {
  keyBytes = new Uint8Array(MAX_KEY);
  readonly keyStart = 0;
  keyEnd = 0;
  readonly valueBytes: Uint8Array;
  valueStart = 0;
  valueEnd = 0;
  readonly #end: number;

  /** @param rows of {@link unpackPage} */
  constructor(rows: Uint8Array) {
    this.valueBytes = rows;
    this.#end = rowsEnd(rows);
  }

  /** Moves to the next row. False if there is none. @throws MalformedBytesError, as all others that move */
  next(): boolean {
    const bytes = this.valueBytes;
    let at = this.valueEnd;
    if (at >= this.#end) return false;
    const shared = bytes[at]!;
    const keyEnd = shared + bytes[at + 1]!;
    const length = compactSizeAt(bytes, at + 2);
    at += 2 + compactSizeWidth(bytes[at + 2]!);
    const { keyBytes } = this;
    const valueEnd = at + keyEnd - shared + length;
    // Not "above": near the end of the bytes, the numbers may be none.
    if (!(keyEnd <= MAX_KEY && valueEnd <= this.#end))
      throw new MalformedBytesError('a row beyond its page', this.#end);
    for (let i = shared; i < keyEnd; i++) keyBytes[i] = bytes[at++]!;
    this.keyEnd = keyEnd;
    this.valueStart = at;
    this.valueEnd = valueEnd;
    return true;
  }

  /** Moves to the first row whose key is not below this one. False if there is none. */
  seek(key: Uint8Array): boolean {
    this.#restartAt(this.#restartBefore(key));
    while (this.next()) if (this.compare(key) >= 0) return true;
    return false;
  }

  /** How many rows have keys that are not above this one. */
  countUpTo(key: Uint8Array): number {
    const restart = this.#restartBefore(key);
    this.#restartAt(restart);
    let count = restart * RESTART_ROWS;
    while (this.next() && this.compare(key) <= 0) count += 1;
    return count;
  }

  /** Moves to a row by its number. */
  moveTo(row: number): void {
    this.#restartAt(Math.floor(row / RESTART_ROWS));
    for (let i = 0; i <= row % RESTART_ROWS; i++) this.next();
  }

  get value(): Uint8Array {
    return viewOf(this.valueBytes, this.valueStart, this.valueEnd);
  }

  /** The last restart point whose key is not above this one, or the first. */
  #restartBefore(key: Uint8Array): number {
    let [low, high] = [0, restartCount(this.valueBytes) - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      this.#restartAt(middle);
      this.next();
      if (this.compare(key) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Compares the key of the current row with another one: negative, 0 or positive. */
  compare(other: Uint8Array): number {
    const length = Math.min(this.keyEnd, other.length);
    for (let i = 0; i < length; i++) {
      const difference = this.keyBytes[i]! - other[i]!;
      if (difference !== 0) return difference;
    }
    return this.keyEnd - other.length;
  }

  /** A copy. A loop is several times faster than `slice` for so few bytes. */
  get key(): Uint8Array {
    const { keyBytes, keyEnd } = this;
    const key = new Uint8Array(keyEnd);
    for (let i = 0; i < keyEnd; i++) key[i] = keyBytes[i]!;
    return key;
  }

  #restartAt(restart: number): void {
    this.valueEnd = this.#end === 0 ? 0 : u16At(this.valueBytes, this.#end + 2 * restart);
    if (this.valueEnd > this.#end) throw new MalformedBytesError('a restart point beyond its page', this.#end);
  }
}

/** The rows of a page within a range: as many as asked for, from its beginning, or in reverse from its end. */
export function rowsIn(rows: Uint8Array, { min, max }: KeyRange, most: number, reverse: boolean): Row[] {
  const cursor = new PageCursor(rows);
  const skipped = reverse ? Math.max(0, countIn(rows, { min, max }) - most) : 0;
  const found: Row[] = [];
  for (let has = cursor.seek(min), i = 0; has && cursor.compare(max) <= 0; has = cursor.next(), i++) {
    if (i < skipped) continue;
    if (found.length === most) break;
    found.push({ key: cursor.key, value: cursor.value });
  }
  return reverse ? found.reverse() : found;
}

function countIn(rows: Uint8Array, { min, max }: KeyRange): number {
  const cursor = new PageCursor(rows);
  let count = 0;
  for (let has = cursor.seek(min); has && cursor.compare(max) <= 0; has = cursor.next()) count += 1;
  return count;
}

/** How many rows of a page have keys that are not above this one. */
export function countUpTo(rows: Uint8Array, key: Uint8Array): number {
  return new PageCursor(rows).countUpTo(key);
}
