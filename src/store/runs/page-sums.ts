import { concatBytes, MalformedBytesError, viewOf } from '../../chain/bytes.ts';
import { decodePosition, POSITION_LENGTH } from '../position.ts';
import { decodeLockSums, POSTING_KINDS, positionOf } from '../postings.ts';
import type { Row } from '../store.ts';
import { encodeSummed, type SummedPostings } from '../summed-postings.ts';
import { PageCursor } from './page.ts';

/** Of a `lock` posting. */
const KEY_LENGTH = 1 + POSTING_KINDS.lock.length + POSITION_LENGTH;

/** What stands beside the first key of a page: the whole key of its first posting, and its sums; nothing for a page without. */
const NOTHING = new Uint8Array(0);

/**
 * The sums of a page, if all its postings are of one locking script and of blocks whose fork is 0. Then a balance needs only the page
 * of first keys above it.
 * @param first the key of its first row, and `last` that of its last one
 */
export function sumsOfPage(rows: Uint8Array, first: Uint8Array, last: Uint8Array): Uint8Array {
  if (first[0] !== POSTING_KINDS.lock.tag || !haveOneScript(first, last)) return NOTHING;
  try {
    const sums = addedUp(rows, positionOf(first), positionOf(last));
    return sums === null ? NOTHING : concatBytes(first, encodeSummed(sums));
  } catch (error) {
    // Whoever reads these postings finds out.
    if (error instanceof MalformedBytesError) return NOTHING;
    throw error;
  }
}

/** Null if a posting is of another fork. */
function addedUp(rows: Uint8Array, first: Uint8Array, last: Uint8Array): SummedPostings | null {
  const cursor = new PageCursor(rows);
  let [count, received, spent] = [0, 0, 0];
  while (cursor.next()) {
    if (decodePosition(viewOf(cursor.keyBytes, 0, cursor.keyEnd)).fork !== 0) return null;
    const sums = decodeLockSums(cursor.value);
    count += 1;
    received += sums.received ?? 0;
    spent += sums.spent;
  }
  return { first, last, count, received, spent };
}

function haveOneScript(first: Uint8Array, last: Uint8Array): boolean {
  if (first.length !== KEY_LENGTH || last.length !== KEY_LENGTH) return false;
  const length = KEY_LENGTH - POSITION_LENGTH;
  return Buffer.compare(viewOf(first, 0, length), viewOf(last, 0, length)) === 0;
}

/** The sums that stand beside the first key of a page, as a row of the table `summedPostings`; null if there are none. */
export function sumsIn(beside: Uint8Array): Row | null {
  return beside.length === 0 ? null : { key: beside.slice(0, KEY_LENGTH), value: beside.subarray(KEY_LENGTH) };
}
