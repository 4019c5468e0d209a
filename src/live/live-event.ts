import type { BlockView } from '../query/reader.ts';
import type { TransactionView } from '../query/transaction-view.ts';
import type { RemovalReason } from '../store/records/departure.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { LivePlace } from './live-place.ts';

/** Something that happened to the chain, as subscribers are told it. */
export type LiveEvent = TransactionHappening | BlockHappening;

interface Happening {
  readonly place: LivePlace;
  /** What was to be seen when it was read from the log. */
  readonly snapshot: Snapshot;
}

/** A block came onto the main chain, or was taken off it. */
export interface BlockHappening extends Happening {
  readonly kind: 'connected' | 'disconnected';
  readonly block: BlockView;
}

export interface TransactionHappening extends Happening {
  /** `reorganised`: its block was taken off the main chain. */
  readonly kind: 'accepted' | 'confirmed' | 'reorganised' | 'doubleSpent' | 'removed';
  readonly transaction: TransactionView;
  /** Which holds it, or held it until now; null for one that was unconfirmed. */
  readonly block: BlockView | null;
  /** Why it was removed. */
  readonly reason: RemovalReason | null;
  /** The transaction that is to blame, in display-order hex. */
  readonly by: string | null;
}

export function isBlockHappening(event: LiveEvent): event is BlockHappening {
  return event.kind === 'connected' || event.kind === 'disconnected';
}
