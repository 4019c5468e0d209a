import { hashToHex } from '../../src/chain/bytes.ts';
import { isCoinless } from '../../src/chain/coinless.ts';
import type { Network } from '../../src/chain/networks.ts';
import { blockRecord } from '../../src/store/blocks.ts';
import type { RowPacker } from '../../src/store/packed-rows.ts';
import { decodePosition } from '../../src/store/position.ts';
import type { PostingFamily } from '../../src/store/postings.ts';
import type { ReadStore } from '../../src/store/store.ts';
import type { LocatedTransaction } from '../../src/store/transactions.ts';
import { addBlockPosting, addPostings } from '../rows/rows.ts';

interface StoredPostingContext {
  readonly network: Network;
  readonly families: ReadonlySet<PostingFamily>;
}

/**
 * Adds the postings of a stored transaction, and, for the first transaction, of its block.
 * @throws STORE_DAMAGED if the record of the block cannot be read; then it has added none
 */
export async function addStoredPostings(
  store: ReadStore,
  { transaction, spent, position }: LocatedTransaction,
  context: StoredPostingContext,
  postings: RowPacker,
): Promise<void> {
  const { height, fork, index } = decodePosition(position);
  const hash = index === 0 ? (await blockRecord(store, { height, fork })).hash : null;
  const hasCoins = hash === null || !isCoinless({ height, hash: hashToHex(hash) });
  addPostings({ transaction, spent, position, height, ...context, hasCoins, firstSeen: null }, { postings });
  if (hash !== null) addBlockPosting(hash, position, { postings });
}
