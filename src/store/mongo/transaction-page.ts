import { ByteWriter } from '../../chain/byte-writer.ts';
import { ByteReader, MalformedBytesError } from '../../chain/bytes.ts';
import { compressed, decompressed } from '../compression.ts';
import { POSITION_LENGTH } from '../position.ts';
import type { Row } from '../store.ts';
import { MAX_INLINE_LENGTH } from '../transactions.ts';

/**
 * The most transactions of a page: those whose positions differ in the last three bits only. Twice as many take hardly less
 * room, and a look-up reads twice as much; half as many are dearer to write.
 */
export const ROWS_OF_PAGE = 8;
const LAST = ROWS_OF_PAGE - 1;
/** More than the rows of any page. */
const LONGEST = ROWS_OF_PAGE * (MAX_INLINE_LENGTH + 16);

/** The key of the page that has the transaction at a position: that of the first one that it can have. */
export function pageAt(position: Uint8Array): Uint8Array {
  return withLast(position, position[POSITION_LENGTH - 1]! & ~LAST);
}

/** The last position that a page can have. */
export function lastOf(page: Uint8Array): Uint8Array {
  return withLast(page, page[POSITION_LENGTH - 1]! | LAST);
}

/**
 * A page of rows in key order. Layout, compressed: for each row its place in the page, the length of its value, and the
 * value.
 */
export function packTransactions(rows: readonly Row[]): Uint8Array {
  const writer = new ByteWriter(rows.reduce((sum, { value }) => sum + value.length + 4, 0));
  for (const { key, value } of rows) {
    writer
      .u8(key[POSITION_LENGTH - 1]! & LAST)
      .compactSize(value.length)
      .bytes(value);
  }
  return compressed(writer.finish());
}

/** The rows of a page in key order; their values are views. @throws MalformedBytesError */
export function unpackTransactions({ key, value }: Row): Row[] {
  const reader = new ByteReader(decompressed(value, LONGEST));
  const rows: Row[] = [];
  for (let before = -1; reader.remaining > 0; ) {
    const place = reader.u8();
    if (place <= before || place > LAST) throw new MalformedBytesError('not a page of transactions', reader.offset);
    rows.push({ key: withLast(key, key[POSITION_LENGTH - 1]! | place), value: reader.bytes(reader.compactSize()) });
    before = place;
  }
  return rows;
}

function withLast(position: Uint8Array, last: number): Uint8Array {
  const key = position.slice();
  key[POSITION_LENGTH - 1] = last;
  return key;
}
