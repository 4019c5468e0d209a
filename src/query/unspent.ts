import { equalBytes } from '../chain/bytes.ts';
import { heightRange, MAX_HEIGHT } from '../store/position.ts';
import { lockKey, postingPrefix } from '../store/postings.ts';
import { decodeLockSums } from '../store/records/postings.ts';
import type { Budget } from './budget.ts';
import { collect } from './collect.ts';
import type { Order } from './filter.ts';
import { Intersection } from './intersect.ts';
import { type Found, type Item, List, type ListPage, type PageArguments } from './list.ts';
import type { ChainReader, TransactionView } from './reader.ts';
import { PostingSource, type Scan } from './source.ts';

/** An output by its transaction and index. */
export interface OutputView {
  readonly transaction: TransactionView;
  readonly index: number;
}

/** A page of the outputs of a locking script that are not spent. */
export async function unspentPage(
  reader: ChainReader,
  lockingScript: Uint8Array,
  order: Order,
  args: PageArguments,
  budget: Budget,
): Promise<ListPage<OutputView>> {
  const list = await List.open(reader, order, args, ['unspent', lockingScript]);
  return list.page(await search(reader, lockingScript, list, budget));
}

async function search(
  reader: ChainReader,
  lockingScript: Uint8Array,
  list: List,
  budget: Budget,
): Promise<Found<OutputView>> {
  const bounds = list.within(heightRange(0, MAX_HEIGHT), true);
  if (bounds === null) return { items: [], exhaustedAt: null };
  const scan: Scan = { store: reader.store, snapshot: list.snapshot, budget, reverse: list.reverse, bounds };
  const pays = (value: Uint8Array) => decodeLockSums(value).received > 0;
  const source = new PostingSource(scan, postingPrefix('lock', lockKey(lockingScript)), pays);
  const start = scan.reverse ? bounds.max : bounds.min;
  return collect(new Intersection([source], start, scan.reverse), list, budget, async (batch) => {
    const found = await Promise.all(batch.map(({ position }) => unspentAt(position, lockingScript, list, reader)));
    return found.flat();
  });
}

/** The unspent outputs of one transaction that the script locks, in the direction of the walk. */
async function unspentAt(
  position: Uint8Array,
  lockingScript: Uint8Array,
  list: List,
  reader: ChainReader,
): Promise<Item<OutputView>[]> {
  const transaction = await reader.transactionAt(position);
  const { txid, outputs } = transaction.transaction;
  const places = outputs.flatMap((output, outputIndex) =>
    equalBytes(output.lockingScript, lockingScript) && list.holds({ position, outputIndex })
      ? [{ position, outputIndex, node: { transaction, index: outputIndex } }]
      : [],
  );
  const spenders = await Promise.all(
    places.map(({ outputIndex }) => reader.spenderOf(txid, outputIndex, list.snapshot)),
  );
  const unspent = places.filter((_, i) => spenders[i] === null);
  return list.reverse ? unspent.reverse() : unspent;
}
