import { RowPacker, rowsOf } from '../../src/store/packed-rows.ts';
import { POSITION_LENGTH } from '../../src/store/position.ts';
import { POSTING_KINDS } from '../../src/store/postings.ts';
import { addPostings, type PlacedTransaction } from '../rows.ts';

/** By what readers look for a transaction: who is paid or pays, and what data says. */
const KINDS: ReadonlySet<number> = new Set(
  (['lock', 'token4', 'token8', 'token32'] as const).map((kind) => POSTING_KINDS[kind].tag),
);

/** The keys of all postings of a transaction. */
export function postingKeys(placed: PlacedTransaction): Uint8Array[] {
  const postings = new RowPacker();
  addPostings(placed, { postings });
  return rowsOf(postings.finish()).map(({ key }) => key);
}

/** The beginnings of a transaction's postings that an event needs. */
export function matchKeys(placed: PlacedTransaction): Uint8Array[] {
  return postingKeys(placed)
    .filter((key) => KINDS.has(key[0]!))
    .map((key) => key.subarray(0, key.length - POSITION_LENGTH));
}
