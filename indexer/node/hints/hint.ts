import type { RemovalReason } from '../../../src/store/departures.ts';

/** Something that may have happened. It only tells where to look: what is so, RPC says. Txids are in display-order hex. */
export type Hint =
  /** The best block may be another. */
  | { readonly kind: 'tip' }
  /** It may have entered the mempool. Nodes say the same of what a block holds. `raw` is null where only the txid came. */
  | { readonly kind: 'transaction'; readonly txid: string; readonly raw: Uint8Array | null }
  /** It may have left the mempool; `by` is the transaction that took its place, where the node tells. */
  | {
      readonly kind: 'removed';
      readonly txid: string;
      readonly reason: RemovalReason | null;
      readonly by: string | null;
    }
  /** Another transaction was seen that spends what it spends; `by` is that one, where the node tells. */
  | { readonly kind: 'doubleSpend'; readonly txid: string; readonly by: string | null }
  /** Messages were lost, or could not be read: anything may have happened. */
  | { readonly kind: 'lost' };

/** What a node says unasked. */
export interface Hints {
  /**
   * What came since the last call, as soon as there is something; nothing ([]) after the timeout, at the signal and when
   * closed. One call at a time. Never rejects: while the node is away, nothing comes, and 'lost' when it is back.
   */
  next(timeoutMs: number, signal: AbortSignal): Promise<readonly Hint[]>;
  close(): void;
}
