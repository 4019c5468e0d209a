import type { Network } from '../chain/networks.ts';
import type { Transaction } from '../chain/transaction.ts';
import type { KnownOutput } from '../store/transactions.ts';
import type { FilterCondition } from './filter.ts';

/** Null if it depends on a value that is not known. */
export type Truth = boolean | null;

/** A transaction to match with a filter. */
export interface MatchSubject {
  readonly network: Network;
  readonly transaction: Transaction;
  /** The outputs that its inputs spend; null for an unknown one. Empty for a coinbase. */
  readonly spent: readonly (KnownOutput | null)[];
  /** Null while it is unconfirmed. */
  readonly height: number | null;
  /** The time of its block, in unix seconds; null while it is unconfirmed. */
  readonly time: number | null;
  /** When the node took it into its mempool, in unix seconds; null if it is not known [not known]. */
  readonly firstSeen?: number | null;
  /** Whether an output is spent [not known]. */
  readonly isSpent?: (index: number) => Truth;
  /** Conditions that were decided before [none]. */
  readonly decided?: ReadonlyMap<FilterCondition, Truth>;
  /** Whether it left the mempool and is in no block [no]. */
  readonly removed?: boolean;
}
