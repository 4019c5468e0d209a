import { setImmediate } from 'node:timers/promises';
import { ByteReader, MalformedBytesError } from '../../../src/chain/bytes.ts';
import { BitqlError } from '../../../src/errors.ts';
import { BlockFile, type BlockFolder, type ByteRange } from './files.ts';
import { recordsOf } from './records.ts';

/** Behind each record: the double SHA-256 of the previous block's hash and the record. */
export const UNDO_CHECKSUM_LENGTH = 32;
/** The most bytes that the count takes which a record begins with. */
const HEAD = 9;
/** Records that are looked at in one go. */
const BETWEEN_PAUSES = 5_000;

/** Where the records of one rev file lie, in 24 bytes each. */
export class RevIndex {
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;
  readonly #counts: Float64Array;
  /** Records follow each other as their blocks were connected: whoever asks in chain order finds the next one here. */
  #next = 0;

  private constructor(offsets: readonly number[], lengths: readonly number[], counts: readonly number[]) {
    this.#offsets = Float64Array.from(offsets);
    this.#lengths = Float64Array.from(lengths);
    this.#counts = Float64Array.from(counts);
  }

  /** Null where there is no such file. */
  static async read(folder: BlockFolder, number: number, magic: Uint8Array): Promise<RevIndex | null> {
    const offsets: number[] = [];
    const lengths: number[] = [];
    const counts: number[] = [];
    using file = openIfThere(folder, number);
    if (file === null) return null;
    for (const { offset, length, head } of recordsOf(file, magic, HEAD, UNDO_CHECKSUM_LENGTH)) {
      offsets.push(offset);
      lengths.push(length);
      counts.push(countIn(head));
      if (offsets.length % BETWEEN_PAUSES === 0) await setImmediate();
    }
    return new RevIndex(offsets, lengths, counts);
  }

  /** The first record of so many lists that the test accepts. */
  async find(count: number, test: (record: ByteRange) => Promise<boolean>): Promise<ByteRange | null> {
    const start = this.#next;
    const total = this.#offsets.length;
    for (let i = 0; i < total; i++) {
      const at = (start + i) % total;
      if (this.#counts[at] !== count) continue;
      const record = { offset: this.#offsets[at]!, length: this.#lengths[at]! };
      if (!(await test(record))) continue;
      this.#next = at + 1;
      return record;
    }
    return null;
  }
}

function openIfThere(folder: BlockFolder, number: number): BlockFile | null {
  try {
    return new BlockFile(folder, { kind: 'rev', number });
  } catch (error) {
    if (error instanceof BitqlError && error.code === 'NODE_PRUNED') return null;
    throw error;
  }
}

/** -1 for what is no record. */
function countIn(head: Uint8Array): number {
  try {
    return new ByteReader(head).compactSize();
  } catch (error) {
    if (error instanceof MalformedBytesError) return -1;
    throw error;
  }
}
