import { RowPacker, rowsOf } from '../../src/store/packed-rows.ts';
import { addPostings, type PlacedTransaction } from '../rows.ts';

/** The keys of all postings of a transaction. */
export function postingKeys(placed: PlacedTransaction): Uint8Array[] {
  const postings = new RowPacker();
  addPostings(placed, { postings });
  return rowsOf(postings.finish()).map(({ key }) => key);
}
