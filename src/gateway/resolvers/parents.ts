import type { BlockHappening, LiveEvent, LivePlace, TransactionHappening } from '../../live/live-event.ts';
import type { BlockView } from '../../query/block-reader.ts';
import type { Explanation } from '../../query/explain/explain.ts';
import type { RowEstimate } from '../../query/explain/list-sample.ts';
import type { PlanStep } from '../../query/explain/plan-steps.ts';
import type { ListPage } from '../../query/list.ts';
import type { OutputView, TransactionView } from '../../query/transaction-view.ts';
import type { Snapshot } from '../../store/snapshot.ts';

/** A push and its place. */
export interface PushView {
  readonly index: number;
  readonly opcode: number;
  /** In bytes. */
  readonly size: number;
  readonly malformed: boolean;
  readonly data: Uint8Array;
}

/** An address in the network's usual form, and its locking script. */
export interface AddressView {
  readonly address: string;
  readonly lockingScript: Uint8Array;
}

export type BlockPage = ListPage<BlockView>;
export type TransactionPage = ListPage<TransactionView>;
export type OutputPage = ListPage<OutputView>;

/** A plan, and the height of the tip that it was made at. */
export interface ExplainedPage extends Explanation {
  readonly tip: number;
}

/** A step of a plan, with the rows that it leads to; null if these are not known. */
export interface ExplainedStep extends PlanStep {
  readonly estimate: RowEstimate | null;
  readonly tip: number;
}

/** Says that no other event follows up to a place. */
export interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly place: LivePlace;
  /** The snapshot at the time it was sent. */
  readonly snapshot: Snapshot;
  readonly transaction: null;
  readonly block: null;
  readonly reason: null;
  readonly by: null;
}

/** The events that subscribers receive. */
export type SubscriptionEvent = LiveEvent | Heartbeat;

export type TransactionNotice = TransactionHappening | Heartbeat;
export type BlockNotice = BlockHappening | Heartbeat;

/** An event of a transaction that pays some addresses, or spends from them. */
export interface AddressHappening {
  readonly event: TransactionNotice;
  readonly touched: TouchedAddresses;
}

/** What a transaction does to some addresses. */
export interface TouchedAddresses {
  readonly addresses: readonly string[];
  /** Sum over all of them, in satoshis. */
  readonly received: number;
  readonly spent: number;
}
