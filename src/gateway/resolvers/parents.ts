import type { BlockHappening, LiveEvent, LivePlace, TransactionHappening } from '../../live/live-event.ts';
import type { BlockView } from '../../query/block-reader.ts';
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

export type BlockPage = ListPage<BlockView>;
export type TransactionPage = ListPage<TransactionView>;
export type OutputPage = ListPage<OutputView>;

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
