import { MalformedBytesError, u32At, viewOf } from './bytes.ts';
import { hash256 } from './hash.ts';

/** Bytes of every block header. */
export const HEADER_SIZE = 80;

/** The 80 bytes that identify a block and link it to the previous one. All byte fields are views, in internal order. */
export class BlockHeader {
  readonly bytes: Uint8Array;
  private ownHash: Uint8Array | undefined;

  /** @param bytes exactly 80 bytes */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Signed 32 bits. */
  get version(): number {
    return u32At(this.bytes, 0) | 0;
  }

  get previousHash(): Uint8Array {
    return viewOf(this.bytes, 4, 36);
  }

  get merkleRoot(): Uint8Array {
    return viewOf(this.bytes, 36, 68);
  }

  /** Seconds since 1970, as the miner claims. */
  get time(): number {
    return u32At(this.bytes, 68);
  }

  /** The target in compact form. */
  get bits(): number {
    return u32At(this.bytes, 72);
  }

  get nonce(): number {
    return u32At(this.bytes, 76);
  }

  /** Double SHA-256 of the header: the block hash, 32 bytes in internal order. */
  get hash(): Uint8Array {
    this.ownHash ??= hash256(this.bytes);
    return this.ownHash;
  }

  /** The same header on a copy of its bytes, so that keeping it does not keep the memory of the block. */
  detach(): BlockHeader {
    return new BlockHeader(this.bytes.slice());
  }
}

/**
 * Reads the header at `offset`; bytes after it are ignored.
 * @throws MalformedBytesError if there are fewer than 80 bytes
 */
export function parseHeader(bytes: Uint8Array, offset = 0): BlockHeader {
  const end = offset + HEADER_SIZE;
  if (end > bytes.length) throw new MalformedBytesError('a block header has 80 bytes', bytes.length);
  return new BlockHeader(viewOf(bytes, offset, end));
}

/**
 * The number that the block hash may not exceed, from its compact form (Core: `arith_uint256::SetCompact`).
 * @returns 0 for a negative or overflowing target, which no hash can meet
 */
export function targetFromBits(bits: number): bigint {
  const size = bits >>> 24;
  const mantissa = bits & 0x7f_ffff;
  const target = size <= 3 ? BigInt(mantissa >>> (8 * (3 - size))) : BigInt(mantissa) << BigInt(8 * (size - 3));
  const isNegative = (bits & 0x80_0000) !== 0;
  return isNegative || target >= 1n << 256n ? 0n : target;
}

/** The expected number of hashes to find a block: 2^256 / (target + 1); 0 for an impossible target. */
export function workFromBits(bits: number): bigint {
  const target = targetFromBits(bits);
  return target === 0n ? 0n : (1n << 256n) / (target + 1n);
}

/** How many times harder than the easiest mainnet target, computed in the steps of Core's `GetDifficulty`. */
export function difficultyFromBits(bits: number): number {
  let difficulty = 0xffff / (bits & 0xff_ffff);
  for (let size = bits >>> 24; size < 29; size++) difficulty *= 256;
  for (let size = bits >>> 24; size > 29; size--) difficulty /= 256;
  return difficulty;
}
