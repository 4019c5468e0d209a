import { equalBytes } from '../chain/bytes.ts';
import { decodeLockSums, lockKey, postingPrefix } from '../store/postings.ts';
import { collect, Walk } from './intersect.ts';
import { type FoundItems, type Item, List, type ListPage, type ListRequest } from './list.ts';
import type { ChainReader } from './reader.ts';
import { everywhere, type Scan } from './regions.ts';
import { PostingSource } from './source.ts';
import type { OutputView } from './transaction-view.ts';
import type { Budget } from './work.ts';

/** Outputs of one transaction that are examined together. */
const STRETCH = 128;

/** A request for a page of the unspent outputs of a locking script. */
export interface UnspentRequest extends Pick<ListRequest, 'order' | 'args'> {
  readonly lockingScript: Uint8Array;
}

/** A locking script and everything that is needed to find its unspent outputs. */
interface UnspentSearch {
  readonly lockingScript: Uint8Array;
  readonly list: List;
  readonly reader: ChainReader;
  readonly budget: Budget;
}

/**
 * A page of the unspent outputs of a locking script. Pending transactions count: their outputs are included, and outputs
 * that they spend are not.
 */
export async function unspentPage(
  reader: ChainReader,
  { lockingScript, order, args }: UnspentRequest,
  budget: Budget,
): Promise<ListPage<OutputView>> {
  const list = await List.open(reader, { identity: ['unspent', lockingScript], order, args });
  list.needPending();
  return list.page(await search({ lockingScript, list, reader, budget }), reader);
}

async function search(given: UnspentSearch): Promise<FoundItems<OutputView>> {
  const { lockingScript, list, reader, budget } = given;
  const bounds = list.within(everywhere(list.snapshot), true);
  if (bounds === null) return { items: [], exhaustedAt: null };
  const { snapshot, reverse, wanted } = list;
  const scan: Scan = { store: reader.store, snapshot, budget, reverse, bounds, wanted, removed: false };
  const pays = (value: Uint8Array) => decodeLockSums(value).received !== null;
  const source = new PostingSource(scan, postingPrefix('lock', lockKey(lockingScript)), pays);
  const start = scan.reverse ? bounds.max : bounds.min;
  return collect(new Walk(source, start, scan.reverse), list, budget, async (batch) => {
    const found = await Promise.all(batch.map(({ position }) => unspentAt(position, given)));
    const stopped = found.findIndex(({ exhaustedAt }) => exhaustedAt !== null);
    const seen = stopped < 0 ? found : found.slice(0, stopped + 1);
    return { items: seen.flatMap(({ items }) => items), exhaustedAt: seen.at(-1)?.exhaustedAt ?? null };
  });
}

/**
 * The unspent outputs of one transaction with the script, in the direction of the list. There may be any number of
 * them, so they are examined in stretches, as far as page and budget require.
 */
async function unspentAt(
  position: Uint8Array,
  { lockingScript, list, reader, budget }: UnspentSearch,
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
