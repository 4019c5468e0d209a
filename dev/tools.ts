import type { CoreCalls } from './core-calls.ts';
import type { MinerWallet } from './miner-wallet.ts';
import type { Sequences } from './sequences.ts';

/** What actions on a chain work with. */
export interface Tools {
  readonly calls: CoreCalls;
  readonly wallet: MinerWallet;
  readonly sequences: Sequences;
  /** Waits for whoever follows the node, so that what goes was seen before. */
  seen(): Promise<void>;
}
