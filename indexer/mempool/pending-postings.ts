import type { Network } from '../../src/chain/networks.ts';
import { errorCode } from '../../src/errors.ts';
import { RowPacker, rowsOf } from '../../src/store/packed-rows.ts';
import { readPending } from '../../src/store/pending.ts';
import { MAX_HEIGHT } from '../../src/store/position.ts';
import type { ChainStore, Row } from '../../src/store/store.ts';
import { addPendingPostings } from '../rows/pending-rows.ts';

/**
 * All postings that an unconfirmed transaction may have, whatever the height that it was to be mined at. None where
 * pieces of it are missing: it never counted, so neither do its postings, or they went before the pieces, when it was swept
 * and that was cut off.
 */
export async function pendingPostings(row: Row, store: ChainStore, network: Network): Promise<Row[]> {
  try {
    const record = await readPending(store, row, network);
    const postings = new RowPacker();
    addPendingPostings(row.key, record, { height: MAX_HEIGHT, network }, postings);
    return rowsOf(postings.finish());
  } catch (error) {
    if (errorCode(error) === 'STORE_DAMAGED') return [];
    throw error;
  }
}
