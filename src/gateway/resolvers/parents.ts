import type { BlockHappening, LiveEvent, TransactionHappening } from '../../live/live-event.ts';
import type { LivePlace } from '../../live/live-place.ts';
import type { ListPage } from '../../query/list.ts';
import type { BlockView } from '../../query/reader.ts';
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

/** An address in the network's usual form, and what it stands for. */
export interface AddressView {
  readonly address: string;
  readonly lockingScript: Uint8Array;
}

export type BlockPage = ListPage<BlockView>;
export type TransactionPage = ListPage<TransactionView>;
export type OutputPage = ListPage<OutputView>;

/** That nothing else is to be told up to a place. */
export interface Heartbeat {
  readonly kind: 'heartbeat';
  readonly place: LivePlace;
  /** What was to be seen when it was told. */
  readonly snapshot: Snapshot;
  readonly transaction: null;
  readonly block: null;
  readonly reason: null;
  readonly by: null;
}

/** What subscribers are told at once. */
export type SubscriptionEvent = LiveEvent | Heartbeat;

export type TransactionNotice = TransactionHappening | Heartbeat;
export type BlockNotice = BlockHappening | Heartbeat;

/** Something that happened to a transaction that pays some addresses, or spends from them. */
export interface AddressHappening {
  readonly event: TransactionNotice;
  readonly touched: TouchedAddresses;
}

/** What a transaction has to do with some addresses. */
export interface TouchedAddresses {
  readonly addresses: readonly string[];
  /** By all of them, in satoshis. */
  readonly received: number;
  readonly spent: number;
}
