import { equalBytes } from '../chain/bytes.ts';
import { lockKey, postingPrefix } from '../store/postings.ts';
import { decodeLockSums } from '../store/records/postings.ts';
import type { Budget } from './budget.ts';
import { collect } from './collect.ts';
import type { Order } from './filter.ts';
import { Intersection } from './intersect.ts';
import { type FoundItems, type Item, List, type ListPage, type PageArguments } from './list.ts';
import type { ChainReader } from './reader.ts';
import { everywhere, type Scan } from './regions.ts';
import { PostingSource } from './source.ts';
import type { OutputView } from './transaction-view.ts';

/** Outputs of one transaction that are looked at together. */
const STRETCH = 128;

/**
 * A page of the outputs of a locking script that are not spent. What is pending counts: outputs of unconfirmed transactions
 * are among them, and those that an unconfirmed one spends are not.
 */
export async function unspentPage(
  reader: ChainReader,
  lockingScript: Uint8Array,
  order: Order,
  args: PageArguments,
  budget: Budget,
): Promise<ListPage<OutputView>> {
  const list = await List.open(reader, order, args, ['unspent', lockingScript]);
  list.needPending();
  return list.page(await search(reader, lockingScript, list, budget), reader);
}

async function search(
  reader: ChainReader,
  lockingScript: Uint8Array,
  list: List,
  budget: Budget,
): Promise<FoundItems<OutputView>> {
  const bounds = list.within(everywhere(list.snapshot), true);
  if (bounds === null) return { items: [], exhaustedAt: null };
  const { snapshot, reverse, wanted } = list;
  const scan: Scan = { store: reader.store, snapshot, budget, reverse, bounds, wanted, removed: false };
  const pays = (value: Uint8Array) => decodeLockSums(value).received !== null;
  const source = new PostingSource(scan, postingPrefix('lock', lockKey(lockingScript)), pays);
  const start = scan.reverse ? bounds.max : bounds.min;
  return collect(new Intersection([source], start, scan.reverse), list, budget, async (batch) => {
    const found = await Promise.all(
      batch.map(({ position }) => unspentAt(position, lockingScript, list, reader, budget)),
    );
    const stopped = found.findIndex(({ exhaustedAt }) => exhaustedAt !== null);
    const seen = stopped < 0 ? found : found.slice(0, stopped + 1);
    return { items: seen.flatMap(({ items }) => items), exhaustedAt: seen.at(-1)?.exhaustedAt ?? null };
  });
}

/**
 * The unspent outputs of one transaction that the script locks, in the direction of the walk. It may have any number of
 * them, so they are looked at in stretches, as far as the page and the budget need.
 */
async function unspentAt(
  position: Uint8Array,
  lockingScript: Uint8Array,
  list: List,
  reader: ChainReader,
  budget: Budget,
): Promise<FoundItems<OutputView>> {
  const transaction = await reader.transactionAt(position);
  if (transaction === null) return { items: [], exhaustedAt: null };
  const { outputs, bytes } = transaction.transaction;
  budget.spend(0, bytes.length);
  const places = outputs.flatMap((output, outputIndex) =>
    equalBytes(output.lockingScript, lockingScript) && list.holds({ position, outputIndex })
      ? [{ position, outputIndex, node: transaction.output(outputIndex) }]
      : [],
  );
  if (list.reverse) places.reverse();
  const items: Item<OutputView>[] = [];
  for (let from = 0; from < places.length; from += STRETCH) {
    const stretch = places.slice(from, from + STRETCH);
    budget.spend(stretch.length);
    const spenders = await Promise.all(
      stretch.map(({ outputIndex }) => reader.spenderOf(transaction, outputIndex, list.snapshot)),
    );
    items.push(...stretch.filter((_, i) => spenders[i] === null));
    const isEnough = items.length > list.count || budget.exhausted;
    if (isEnough && from + STRETCH < places.length) return { items, exhaustedAt: stretch.at(-1)! };
  }
  return { items, exhaustedAt: null };
}
