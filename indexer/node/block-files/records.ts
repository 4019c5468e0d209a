import { u32At } from '../../../src/chain/bytes.ts';
import type { BlockFile } from './files.ts';

/** A stretch of a block file: a block, or what one spends. */
export interface FileRecord {
  /** Of its first byte, behind magic and length. */
  readonly offset: number;
  readonly length: number;
}

const WINDOW = 1024 * 1024;
const PREFIX = 8;

/**
 * The records of a file, in its order: each is the network's magic, a length, and that many bytes. Files have room kept
 * free at their ends, and a crash may leave anything: what is no record is passed over up to the next magic, as Core's
 * reindex does, and a last record that is cut off is none.
 * @param trailer bytes that belong to a record behind its length
 */
export function* recordsOf(file: BlockFile, magic: Uint8Array, trailer = 0): Generator<FileRecord> {
  let at = 0;
  while (at + PREFIX <= file.size) {
    const found = findMagic(file, magic, at);
    if (found === null) return;
    const length = u32At(file.read(found, PREFIX), 4);
    const end = found + PREFIX + length + trailer;
    if (length === 0 || end > file.size) {
      at = found + 1;
      continue;
    }
    yield { offset: found + PREFIX, length };
    at = end;
  }
}

/** Where the next magic begins that a length follows; null if there is none. */
function findMagic(file: BlockFile, magic: Uint8Array, from: number): number | null {
  for (let at = from; at + PREFIX <= file.size; at += WINDOW - PREFIX) {
    // Nearly always it is just there: no need to read on.
    const length = at === from && startsWith(file.read(at, PREFIX), magic) ? PREFIX : WINDOW;
    const index = Buffer.from(file.read(at, length)).indexOf(magic);
    if (index >= 0 && at + index + PREFIX <= file.size) return at + index;
  }
  return null;
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, start.length), start) === 0;
}
