import { u32At, u64At } from '../../../src/chain/bytes.ts';
import type { BlockFile, ByteRange } from './files.ts';

/** A block in its file, or what one spends. */
export interface FileRecord extends ByteRange {
  /** Its first bytes, as many as were asked for. */
  readonly head: Uint8Array;
}

const WINDOW = 1024 * 1024;
/** Magic and length; a length that four bytes do not hold is written behind them in eight (Bitcoin SV: WriteIndexHeader). */
const PREFIX = 8;
const LONG_PREFIX = 16;
const LONG = 0xffff_ffff;

/**
 * The records of a file, in its order: each is the network's magic, a length, and that many bytes. Files have room kept
 * free at their ends, and a crash may leave anything: what is no record is passed over up to the next magic, as Core's
 * reindex does, and a last record that is cut off is none.
 * @param headLength of the `head` of each
 * @param trailer bytes that belong to a record behind its length
 */
export function* recordsOf(file: BlockFile, magic: Uint8Array, headLength: number, trailer = 0): Generator<FileRecord> {
  let at: number | null = 0;
  while (at !== null && at + PREFIX <= file.size) {
    const bytes = file.read(at, LONG_PREFIX + headLength);
    const { prefix, length } = lengthIn(bytes);
    const end: number = at + prefix + length + trailer;
    if (startsWith(bytes, magic) && length > 0 && end <= file.size) {
      yield { offset: at + prefix, length, head: bytes.subarray(prefix, prefix + Math.min(headLength, length)) };
      at = end;
    } else at = findMagic(file, magic, at + 1);
  }
}

/** What magic and length say, if it is them. */
function lengthIn(bytes: Uint8Array): { prefix: number; length: number } {
  const length = u32At(bytes, 4);
  if (length !== LONG || bytes.length < LONG_PREFIX) return { prefix: PREFIX, length };
  return { prefix: LONG_PREFIX, length: u64At(bytes, PREFIX) };
}

/** Where the next magic is; null if there is none. */
function findMagic(file: BlockFile, magic: Uint8Array, from: number): number | null {
  for (let at = from; at + PREFIX <= file.size; at += WINDOW - PREFIX) {
    const { buffer, byteOffset, length } = file.read(at, WINDOW);
    const index = Buffer.from(buffer, byteOffset, length).indexOf(magic);
    if (index >= 0) return at + index;
  }
  return null;
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, start.length), start) === 0;
}
