import type { CoreCalls } from '../core-calls.ts';
import type { MinerWallet } from '../miner-wallet.ts';

/** Everything that an action needs to change a chain. */
export interface Tools {
  readonly calls: CoreCalls;
  readonly wallet: MinerWallet;
  readonly sequences: Sequences;
  /** Waits until the index has all transactions of the node, so that it has seen a transaction before it goes. */
  seen(): Promise<void>;
}

/** From this value on, a sequence is no relative lock time (BIP68); below 0xfffffffe it signals replaceability (BIP125). */
const FIRST = 0x8000_0000;
const COUNT = 0x7fff_fffc;

/**
 * Sequences for the inputs of payments, by which another process finds the latest payment: a millisecond clock in the part
 * of the sequence that has no meaning. It starts again after 24 days.
 */
export class Sequences {
  #last = 0;

  next(): number {
    this.#last = Math.max(Date.now(), this.#last + 1);
    return FIRST + (this.#last % COUNT);
  }
}

/** Whether a sequence may come from `Sequences`. */
export function isNumbered(sequence: number): boolean {
  return sequence >= FIRST && sequence < FIRST + COUNT;
}
