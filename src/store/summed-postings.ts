import { ByteWriter } from '../chain/byte-writer.ts';
import { ByteReader } from '../chain/bytes.ts';
import { POSITION_LENGTH } from './position.ts';
import { decodeLockSums, positionOf } from './postings.ts';
import type { Row } from './store.ts';

/** Neighbouring postings of one locking script, added up. They are all of blocks whose fork is 0. */
export interface SummedPostings {
  /** The positions of the first and the last one. */
  readonly first: Uint8Array;
  readonly last: Uint8Array;
  /** How many there are. */
  readonly count: number;
  /** Their sums, in satoshis. */
  readonly received: number;
  readonly spent: number;
}

const ONE = 0;
const SEVERAL = 1;

/** The value of a row of the table `summedPostings` that stands for several postings. */
export function encodeSummed({ last, count, received, spent }: SummedPostings): Uint8Array {
  return new ByteWriter(32)
    .u8(SEVERAL)
    .bytes(last)
    .compactSize(count)
    .compactSize(received)
    .compactSize(spent)
    .finish();
}

/** The value of a row of that table that is a single posting, of any fork. */
export function encodeSingle(value: Uint8Array): Uint8Array {
  return new ByteWriter(1 + value.length).u8(ONE).bytes(value).finish();
}

export function isSingle(value: Uint8Array): boolean {
  return value[0] === ONE;
}

/** The key of the last posting that a row stands for. */
export function endOfSummed({ key, value }: Row): Uint8Array {
  if (isSingle(value)) return key;
  const end = key.slice();
  end.set(value.subarray(1, 1 + POSITION_LENGTH), end.length - POSITION_LENGTH);
  return end;
}

/** Reads a row of that table; its key is that of the first posting. */
export function decodeSummed({ key, value }: Row): SummedPostings {
  const first = positionOf(key);
  const reader = new ByteReader(value, 1);
  if (isSingle(value)) {
    const { received, spent } = decodeLockSums(value.subarray(1));
    return { first, last: first, count: 1, received: received ?? 0, spent };
  }
  const last = reader.bytes(POSITION_LENGTH);
  return { first, last, count: reader.compactSize(), received: reader.compactSize(), spent: reader.compactSize() };
}
