import { crc32 } from 'node:zlib';
import { u32At, viewOf } from '../chain/bytes.ts';

/** Length in bytes of the checksum after the value of a row. */
export const CHECKSUM_LENGTH = 4;

/** From this length on, zlib is faster in spite of the cost of the call. */
const LONG = 100;
/** CRC-32 of each byte, at its place and one to three bytes earlier, so that four bytes are processed at once. */
const STEPS = makeSteps();

/**
 * CRC-32 (that of zlib) of some bytes. Most rows are short, and short ones are three times faster here.
 * @param before the checksum of the preceding bytes
 */
export function checksumOf(bytes: Uint8Array, start = 0, end = bytes.length, before = 0): number {
  if (end - start >= LONG) return crc32(viewOf(bytes, start, end), before);
  let crc = ~before;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    crc ^= u32At(bytes, at);
    crc =
      STEPS[768 + (crc & 0xff)]! ^
      STEPS[512 + ((crc >>> 8) & 0xff)]! ^
      STEPS[256 + ((crc >>> 16) & 0xff)]! ^
      STEPS[crc >>> 24]!;
  }
  for (; at < end; at++) crc = STEPS[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

/**
 * The value of a stored row, without the checksum after it.
 * @param stored as the store holds it
 * @returns null if the checksum is not that of key and value. This also finds a row under the key of another.
 */
export function valueIn(key: Uint8Array, stored: Uint8Array): Uint8Array | null {
  const length = stored.length - CHECKSUM_LENGTH;
  if (length < 0) return null;
  const checksum = checksumOf(stored, 0, length, checksumOf(key));
  return checksum === u32At(stored, length) ? viewOf(stored, 0, length) : null;
}

function makeSteps(): Int32Array {
  const steps = new Int32Array(4 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
    steps[byte] = crc;
  }
  for (let at = 256; at < steps.length; at++) {
    const before = steps[at - 256]!;
    steps[at] = (before >>> 8) ^ steps[before & 0xff]!;
  }
  return steps;
}
