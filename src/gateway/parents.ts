import type { Push } from '../chain/data.ts';
import type { TransactionHappening } from '../live/live-event.ts';
import type { ListPage } from '../query/list.ts';
import type { BlockView, TransactionView } from '../query/reader.ts';
import type { OutputView } from '../query/unspent.ts';

/** An input by its transaction and index. */
export interface InputView {
  readonly transaction: TransactionView;
  readonly index: number;
}

/** The pushes of a data output. */
export interface DataPushes {
  readonly pushes: readonly Push[];
}

/** A push and its place. */
export interface PushView {
  readonly push: Push;
  readonly index: number;
}

/** An address in the network's usual form, and what it stands for. */
export interface AddressView {
  readonly address: string;
  readonly lockingScript: Uint8Array;
}

export type BlockPage = ListPage<BlockView>;
export type TransactionPage = ListPage<TransactionView>;
export type OutputPage = ListPage<OutputView>;

/** Something that happened to a transaction that pays some addresses, or spends from them. */
export interface AddressHappening {
  readonly event: TransactionHappening;
  /** The addresses by their locking scripts, as `mapKey` has them. */
  readonly addresses: ReadonlyMap<string, string>;
}
