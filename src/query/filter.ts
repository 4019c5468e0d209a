/**
 * A transaction filter, parsed: the one predicate that queries, subscriptions and exports share.
 * All of its conditions hold together; null or an empty list means that there is no such condition.
 */
export interface Filter {
  /** Internal byte order. */
  readonly txids: readonly Uint8Array[] | null;
  /** The locking script that the transaction receives to or spends from. */
  readonly lockingScript: Uint8Array | null;
  /** Block heights, both inclusive. */
  readonly heights: Bounds | null;
  /** Block times in unix seconds, both inclusive. */
  readonly times: Bounds | null;
  readonly coinbase: boolean | null;
  /** Whether it is in a block. */
  readonly confirmed: boolean | null;
  /** Whether it left the mempool without being in a block; what did is left out otherwise. */
  readonly removed: boolean;
  /** Each holds on one data output of the transaction, not necessarily all on the same one. */
  readonly data: readonly DataCondition[];
}

export interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** All conditions hold on the pushes of one and the same data output. */
export interface DataCondition {
  readonly pushes: readonly PushCondition[];
}

export interface PushCondition {
  /** The push's place after OP_RETURN, from 0; null for any place. */
  readonly index: number | null;
  /** What the push is equal to or starts with; null if it only has to be there. */
  readonly match: BytesCondition | null;
}

export interface BytesCondition {
  readonly kind: 'equals' | 'startsWith';
  readonly bytes: Uint8Array;
}

export const NO_FILTER: Filter = {
  txids: null,
  lockingScript: null,
  heights: null,
  times: null,
  coinbase: null,
  confirmed: null,
  removed: false,
  data: [],
};

export type Order = 'NEWEST_FIRST' | 'OLDEST_FIRST';
