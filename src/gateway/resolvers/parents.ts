import type { BlockHappening, LiveEvent, LivePlace, TransactionHappening } from '../../live/live-event.ts';
import type { NodeFees } from '../../mempool/node-fees.ts';
import type { BlockProjection } from '../../mempool/projected-blocks.ts';
import type { Balance } from '../../query/balance.ts';
import type { BalancePeriod } from '../../query/balance-history.ts';
import type { BlockView } from '../../query/block-reader.ts';
import type { Explanation } from '../../query/explain/explain.ts';
import type { RowEstimate } from '../../query/explain/list-sample.ts';
import type { PlanStep } from '../../query/explain/plan-steps.ts';
import type { ListPage } from '../../query/list.ts';
import type { OutputView, TransactionView } from '../../query/transaction-view.ts';
import type { FeeEstimateMode } from '../../rpc/fee-estimates.ts';
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

export type BalancePage = ListPage<BalancePeriod>;

/** The confirmed totals of an address, or of a wallet. */
export interface BalanceView extends Balance {
  readonly lockingScripts: readonly Uint8Array[];
}

/** What unconfirmed transactions add to these totals. */
export interface PendingBalanceView extends Balance {
  readonly confirmed: Balance;
}

/** A projected block and its number, from 1. */
export interface NumberedBlock extends BlockProjection {
  readonly target: number;
}

/** The fees that are asked for. */
export interface AskedFees {
  /** In blocks. */
  readonly targets: readonly number[];
  readonly mode: FeeEstimateMode;
}

/** The same, of a node. */
export interface AskedNodeFees extends AskedFees {
  readonly fees: NodeFees;
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
