/** The one error for bytes that are not what they should be: a block, a transaction, hex text. */
export class MalformedBytesError extends Error {
  readonly code = 'MALFORMED_BYTES';
  readonly retryable = false;
  /** Where the damage was found: a byte of the input (in hex text a character), counted from 0; at most its length. */
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(`${reason} (at offset ${offset})`);
    this.name = 'MalformedBytesError';
    this.offset = offset;
  }
}

/**
 * The bytes from `start` to `end` (exclusive, unchecked), without a copy. Always a plain Uint8Array, even for a Buffer,
 * whose methods differ; and faster than `subarray`, which looks up the species first.
 */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** Lower-case hex text of the bytes, in their order. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/**
 * The bytes of hex text, upper or lower case, without prefix or spaces.
 * @throws MalformedBytesError with the offset of the first character that does not belong there.
 */
export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length >>> 1);
  for (let i = 0; i < bytes.length; i++) {
    const byte = (hexDigit(hex.charCodeAt(2 * i)) << 4) | hexDigit(hex.charCodeAt(2 * i + 1));
    if (byte < 0) throw notHex(hex);
    bytes[i] = byte;
  }
  if (hex.length % 2 !== 0) throw notHex(hex);
  return bytes;
}

/** The value of a hex digit's character code; -1 for any other character. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 0x20;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

function notHex(hex: string): MalformedBytesError {
  const offset = hex.search(/[^0-9a-fA-F]/);
  return offset < 0
    ? new MalformedBytesError('hex text ends in the middle of a byte', hex.length)
    : new MalformedBytesError('not a hex digit', offset);
}

/** Reused for each hash, because an answer may hold thousands. */
const REVERSED = Buffer.alloc(32);

/** The hash of 32 bytes as people write it: hex in reversed byte order, like Core's `uint256::GetHex`. */
export function hashToHex(hash: Uint8Array): string {
  for (let i = 0; i < 32; i++) REVERSED[i] = hash[31 - i]!;
  return REVERSED.toString('hex');
}

/**
 * The 32 bytes, in internal order, of a hash as people write it.
 * @throws MalformedBytesError unless it is 64 hex digits.
 */
export function hashFromHex(hex: string): Uint8Array {
  const hash = fromHex(hex);
  if (hash.length !== 32) throw new MalformedBytesError('a hash has 64 hex digits', Math.min(hex.length, 64));
  return hash.reverse();
}

/** Whether both hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** The bytes as a text, one character each, for use as the key of a Map. */
export function mapKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** Lexicographic order: negative, 0 or positive, as for `Array.sort`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}

/** A new array with all parts, one after the other. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The unsigned little-endian 16 bits at `at` (unchecked). */
export function u16At(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** The unsigned little-endian 32 bits at `at` (unchecked). */
export function u32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** The unsigned little-endian 64 bits at `at` (unchecked); exact up to 2^53 - 1, else some larger number. */
export function u64At(bytes: Uint8Array, at: number): number {
  return u32At(bytes, at) + u32At(bytes, at + 4) * 0x1_0000_0000;
}

/** The length of a CompactSize that begins with this byte: 1, 3, 5 or 9 bytes. */
export function compactSizeWidth(first: number): number {
  return first < 0xfd ? 1 : first === 0xfd ? 3 : first === 0xfe ? 5 : 9;
}

/** The CompactSize at `at` (unchecked), with the precision of {@link u64At}. */
export function compactSizeAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0xfd) return first;
  return first === 0xfd ? u16At(bytes, at + 1) : first === 0xfe ? u32At(bytes, at + 1) : u64At(bytes, at + 1);
}

/** Whether a CompactSize is a safe integer and has the shortest encoding, as Core requires. */
export function isCanonicalSize(size: number, width: number): boolean {
  return Number.isSafeInteger(size) && width === compactSizeLength(size);
}

/** The length of the CompactSize of a number: 1, 3, 5 or 9 bytes. */
export function compactSizeLength(size: number): number {
  return size < 0xfd ? 1 : size <= 0xffff ? 3 : size <= 0xffff_ffff ? 5 : 9;
}

/** Reads little-endian fields in order, with bounds checks and without copies. */
export class ByteReader {
  readonly source: Uint8Array;
  /** The offset in `source` of the next byte to read. */
  offset: number;

  constructor(source: Uint8Array, offset = 0) {
    this.source = source;
    this.offset = offset;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.source.length - this.offset;
  }

  u8(): number {
    return this.source[this.take(1)]!;
  }

  u32(): number {
    return u32At(this.source, this.take(4));
  }

  /** @throws MalformedBytesError above 2^53 - 1, which neither an amount of satoshis nor a size can reach. */
  u64(): number {
    const at = this.take(8);
    const value = u64At(this.source, at);
    if (!Number.isSafeInteger(value)) throw new MalformedBytesError('a number above 2^53 - 1', at);
    return value;
  }

  /** A count or length. @throws MalformedBytesError if its encoding is not the shortest, or it is above 2^53 - 1. */
  compactSize(): number {
    const start = this.offset;
    const width = compactSizeWidth(this.u8());
    this.take(width - 1);
    const size = compactSizeAt(this.source, start);
    if (!isCanonicalSize(size, width)) throw new MalformedBytesError('a CompactSize that is not canonical', start);
    return size;
  }

  /** A CompactSize of the full range, 0 to 2^64 - 1. @throws MalformedBytesError if its encoding is not the shortest. */
  compactSize64(): bigint {
    const start = this.offset;
    if (this.source[start] !== 0xff) return BigInt(this.compactSize());
    const low = u32At(this.source, this.take(9) + 1);
    const high = u32At(this.source, start + 5);
    if (high === 0) throw new MalformedBytesError('a CompactSize that is not canonical', start);
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** The next bytes, as a view. */
  bytes(length: number): Uint8Array {
    const at = this.take(length);
    return viewOf(this.source, at, at + length);
  }

  /** Skips some bytes and returns where they begin. */
  private take(length: number): number {
    const at = this.offset;
    if (length > this.source.length - at) {
      throw new MalformedBytesError(`the bytes end, but ${length} more should follow`, at);
    }
    this.offset = at + length;
    return at;
  }
}
