/** Events as the subscriptions of `subject.ts` ask for them, in the words of the schema. */

export interface WatchedTransactionEvent {
  readonly kind: 'ACCEPTED' | 'CONFIRMED' | 'REORGANISED' | 'DOUBLE_SPENT' | 'REMOVED';
  readonly reason: string | null;
  readonly by: string | null;
  readonly block: { readonly height: number } | null;
  readonly transaction: {
    readonly txid: string;
    /** In satoshis for each virtual byte; null where what it spends is not known. */
    readonly feeRate: number | null;
    /** In satoshis. */
    readonly outputValue: number;
    readonly outputs: readonly { readonly data: { readonly pushes: readonly WatchedPush[] } | null }[];
  };
}

export interface WatchedPush {
  /** Null for what is no UTF-8. */
  readonly utf8: string | null;
  readonly hex: string;
}

/** Amounts are satoshis. */
export interface WatchedAddressEvent extends WatchedTransactionEvent {
  /** Those of the watched ones that it is about. */
  readonly addresses: readonly string[];
  readonly received: number;
  readonly spent: number;
}

export interface WatchedBlockEvent {
  readonly kind: 'CONNECTED' | 'DISCONNECTED';
  readonly block: {
    readonly height: number;
    readonly hash: string;
    readonly transactionCount: number;
    /** In satoshis; null where what the block spends is not known. */
    readonly fees: number | null;
  };
}
