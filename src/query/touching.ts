import type { Snapshot } from '../store/snapshot.ts';
import { ByteSet } from './byte-set.ts';
import { filterBy } from './filter.ts';
import { List, type ListPage, type ListRequest } from './list.ts';
import type { ChainReader } from './reader.ts';
import type { TransactionView } from './transaction-view.ts';
import { findTransactions } from './transactions.ts';
import type { Budget } from './work.ts';

/** A request for a page of the transactions that pay some locking scripts or spend from them. */
export interface TouchingRequest extends Omit<ListRequest, 'stale'> {
  /** At most 1,000. They may depend on what a snapshot sees. */
  readonly scriptsAt: (snapshot: Snapshot) => Promise<readonly Uint8Array[]>;
}

/** A page of the transactions that pay some locking scripts or spend from them: each once, in chain order. */
export async function touchingPage(
  reader: ChainReader,
  { scriptsAt, ...request }: TouchingRequest,
  budget: Budget,
): Promise<ListPage<TransactionView>> {
  const list = await List.open(reader, request);
  const filter = filterBy({ kind: 'address', scripts: new ByteSet(await scriptsAt(list.snapshot)) });
  return list.page(await findTransactions(filter, { list, reader, budget }), reader);
}
