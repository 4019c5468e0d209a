import { equalBytes } from '../chain/bytes.ts';
import { BitqlError } from '../errors.ts';
import {
  type Cursor,
  decodeCursor,
  encodeCursor,
  Fingerprint,
  reorganised,
  requireCursorOfIndex,
  requirePending,
  snapshotOf,
} from '../query/cursor.ts';
import { type ListPage, type PageArguments, pageSize } from '../query/list.ts';
import type { ChainReader } from '../query/reader.ts';
import type { TransactionView } from '../query/transaction-view.ts';
import type { Budget } from '../query/work.ts';
import { compareCommitNumbers } from '../store/commit-number.ts';
import type { MiningOrder, OrderedTransaction } from './mining-order.ts';
import { type MiningOrders, orderOf } from './mining-orders.ts';
import { Pool } from './pool.ts';

/** A page of the mempool in mining order, and the effective fee rates of its transactions. */
export interface OrderedPage extends ListPage<TransactionView> {
  readonly feeRates: ReadonlyMap<TransactionView, number>;
}

/** What a page is made from. */
export interface OrderedPageContext {
  readonly orders: MiningOrders;
  readonly reader: ChainReader;
  readonly budget: Budget;
  /** The order at the request's snapshot. */
  readonly present: () => Promise<MiningOrder>;
}

const LIST = new Fingerprint(['mempool', 'mining order']);

/**
 * A page of the mempool, highest effective fee rate first. All pages of a list show the order of its first page.
 * @throws BAD_QUERY, BAD_CURSOR; CURSOR_EXPIRED if that order is neither kept nor can be made again within the budget
 */
export async function orderedPage(
  { orders, reader, budget, present }: OrderedPageContext,
  args: PageArguments,
): Promise<OrderedPage> {
  const size = pageSize(args);
  const [after, before] = [args.after, args.before].map((text) => (text == null ? null : decodeCursor(text, LIST)));
  const cursor = after ?? before ?? null;
  const order = cursor === null ? await present() : await orderAt(cursor, orders, reader, budget);
  const start = after == null ? 0 : placeOf(after, order) + 1;
  const end = before == null ? order.count : placeOf(before, order);
  const [from, to] = args.last == null ? [start, Math.min(end, start + size)] : [Math.max(start, end - size), end];
  const ordered = from < to ? order.between(from, to) : [];
  budget.spend(ordered.length);
  const views = await Promise.all(ordered.map(({ arrival }) => reader.transactionAt(arrival)));
  const edges = ordered.map((one, i) => ({
    node: views[i] ?? forgotten(),
    get cursor() {
      return cursorOf(one, order);
    },
  }));
  if (edges.length > 0) orders.keep(order);
  return {
    edges,
    pageInfo: {
      get startCursor() {
        return edges[0]?.cursor ?? null;
      },
      get endCursor() {
        return edges.at(-1)?.cursor ?? null;
      },
      hasNextPage: to < order.count,
      hasPreviousPage: from > 0,
      budgetExhausted: false,
    },
    feeRates: new Map(edges.map(({ node }, i) => [node, ordered[i]!.feeRate])),
  };
}

/** A cursor's rank is in the place of the index of an output. */
function cursorOf({ arrival, rank }: OrderedTransaction, { snapshot }: MiningOrder): string {
  return encodeCursor(LIST, snapshot, { position: arrival, outputIndex: rank });
}

function placeOf({ position, outputIndex, commit }: Cursor, order: MiningOrder): number {
  const [found] = order.between(outputIndex, outputIndex + 1);
  const isOf = compareCommitNumbers(commit, order.commit) === 0;
  if (isOf && found !== undefined && equalBytes(found.arrival, position)) return outputIndex;
  throw new BitqlError(
    'BAD_CURSOR',
    'This cursor was changed, or `after` and `before` are of two lists: start from the first page.',
  );
}

/** The order that a cursor belongs to: the kept one, else made again at the request's own cost. */
async function orderAt(
  cursor: Cursor,
  orders: MiningOrders,
  reader: ChainReader,
  budget: Budget,
): Promise<MiningOrder> {
  const { state } = reader.snapshot;
  requireCursorOfIndex(cursor, reader.snapshot);
  const kept = orders.kept({ commit: cursor.commit, state });
  if (kept !== undefined) return kept;
  const snapshot = await snapshotOf(cursor, reader);
  if (snapshot.fork !== null) throw reorganised();
  requirePending(snapshot, state);
  const count = (transactions: number) => {
    budget.spend(transactions);
    if (budget.exhausted) throw tooLarge();
  };
  const goOn = () => reader.work.goOn();
  const order = await orderOf(await Pool.load({ store: reader.store, goOn, count }, snapshot));
  orders.keep(order);
  return order;
}

function forgotten(): never {
  throw new BitqlError(
    'CURSOR_EXPIRED',
    'The unconfirmed transactions at the time of the cursor are no longer stored: start again from the first page.',
  );
}

function tooLarge(): BitqlError {
  return new BitqlError(
    'CURSOR_EXPIRED',
    'This gateway does not have the order of the mempool at the time of the cursor: start again from the first page.',
  );
}
