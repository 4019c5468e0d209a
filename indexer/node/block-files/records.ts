import { u32At, u64At } from '../../../src/chain/bytes.ts';
import type { BlockFile, ByteRange } from './block-folder.ts';

/** A record of a file: a block, or the outputs that a block spends. */
interface FileRecord extends ByteRange {
  /** Its first bytes, as many as were requested. */
  readonly head: Uint8Array;
}

const WINDOW = 1024 * 1024;
/**
 * Magic and length; a length that four bytes cannot hold follows them in eight bytes (Bitcoin SV: WriteIndexHeader).
 */
const PREFIX = 8;
const LONG_PREFIX = 16;
const LONG = 0xffff_ffff;

/**
 * The records of a file, in order. Each is the network's magic, a length, and that many bytes. Files have reserved
 * space at their ends, and a crash may leave anything. Bytes that are not a record are skipped up to the next magic, as
 * Core's reindex does, and so is a last record that is cut off.
 * @param headLength length of the `head` of each record
 * @param trailer bytes after a record that belong to it but are not in its length
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

/** Lengths of the prefix and of the record, if the bytes are a prefix. */
function lengthIn(bytes: Uint8Array): { prefix: number; length: number } {
  const length = u32At(bytes, 4);
  if (length !== LONG || bytes.length < LONG_PREFIX) return { prefix: PREFIX, length };
  return { prefix: LONG_PREFIX, length: u64At(bytes, PREFIX) };
}

/** The offset of the next magic; null if there is none. */
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
